// Before the first paint: language and whether the question of consent is still open.
const root = document.documentElement
const asked = navigator.language.startsWith('zh') ? 'zh-CN' : 'en'
root.lang = localStorage.getItem('shop_language') ?? asked
root.dataset.consent = localStorage.getItem('shop_consent') ?? 'open'
if (navigator.globalPrivacyControl || navigator.doNotTrack === '1') root.dataset.signal = 'yes'
