// Sets language and colours before the first paint, so that nothing flashes.
;(() => {
  var root = document.documentElement
  var scheme = 'auto'
  var language = null
  try {
    scheme = localStorage.getItem('rapport-scheme') || 'auto'
    language = localStorage.getItem('rapport-language')
  } catch (_) {
    // Storage may be blocked; the system's choice is used then.
  }
  if (scheme === 'auto') {
    scheme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
  }
  root.setAttribute('data-mantine-color-scheme', scheme)
  root.lang = language || (/^zh/.test(navigator.language) ? 'zh-CN' : 'en')
})()
