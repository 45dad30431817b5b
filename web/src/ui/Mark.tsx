/** The mark: our stroke on the left, the customer's on the right. */
export function Mark({ size = 20 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <rect x="2" y="4" width="14" height="7" rx="3.5" fill="var(--ours-fill)" />
      <rect x="8" y="13" width="14" height="7" rx="3.5" fill="var(--theirs-fill)" />
    </svg>
  )
}
