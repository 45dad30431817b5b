import type { Proposal } from './decisions'

/** The lever an eligible proposal would have needed to win, or nothing if that cannot be said. */
export function winningLever(proposal: Proposal, proposals: Proposal[]): number | undefined {
  const winner = Math.max(
    ...proposals
      .filter((one) => one.state === 'chosen' && one.placement === proposal.placement)
      .map((one) => one.priority),
  )
  const without = proposal.propensity * proposal.context_weight * proposal.value_cents
  if (proposal.state !== 'eligible' || !Number.isFinite(winner) || without <= 0) return undefined
  return winner / without
}
