type Send = () => Promise<unknown>

const waiting = new Set<Send>()

/** What is sent at the latest when somebody signs out or leaves the page; answers the way out. */
export function beforeLeaving(send: Send): () => void {
  waiting.add(send)
  return () => {
    waiting.delete(send)
  }
}

/** Sends what still waits; what fails is told by whoever sends it. */
export const sendWaiting = () => Promise.allSettled([...waiting].map((send) => send()))

// A page that is hidden may be closed without another word, above all on a phone.
if (typeof document !== 'undefined') {
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') sendWaiting()
  })
  addEventListener('pagehide', () => sendWaiting())
}
