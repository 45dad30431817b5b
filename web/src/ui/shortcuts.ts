const remembered = 'rapport-shortcuts'

/** Single-key shortcuts can be switched off (WCAG 2.1.4). */
export function shortcutsEnabled(): boolean {
  try {
    return localStorage.getItem(remembered) !== 'off'
  } catch {
    return true
  }
}

export function enableShortcuts(on: boolean): void {
  try {
    localStorage.setItem(remembered, on ? 'on' : 'off')
  } catch {
    // Storage may be blocked; they then stay on.
  }
}
