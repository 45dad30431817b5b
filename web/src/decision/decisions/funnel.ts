import type { Proposal } from './decisions'

/** The stages every proposal passes, in the order of the pipeline. */
export const stages = ['fits', 'eligible', 'allowed', 'policy', 'test', 'chosen'] as const
export type Stage = (typeof stages)[number]

/** At which stage a reason removes a proposal. */
const removedAt: Record<string, Stage> = {
  not_valid_yet: 'fits',
  not_yet_valid: 'fits',
  expired: 'fits',
  validity: 'fits',
  channel: 'fits',
  wrong_channel: 'fits',
  placement: 'fits',
  wrong_placement: 'fits',
  no_creative: 'fits',
  eligibility: 'eligible',
  not_eligible: 'eligible',
  consent: 'allowed',
  no_consent: 'allowed',
  accepted: 'allowed',
  rejected: 'allowed',
  views: 'allowed',
  suppressed: 'allowed',
  suppressed_after_accept: 'allowed',
  suppressed_after_reject: 'allowed',
  suppressed_after_views: 'allowed',
  related_offer: 'allowed',
  policy: 'policy',
  contact_policy: 'policy',
  quiet_hours: 'policy',
  control_group: 'test',
}

/** The first stage a removed proposal fails; what was only outranked reaches the last one. */
export function lostAt(proposal: Proposal): Stage | undefined {
  if (proposal.state === 'chosen') return undefined
  if (proposal.state === 'eligible') return 'chosen'
  if (proposal.control_group) return 'test'
  const failed = proposal.reasons.map((reason) => removedAt[reason.code] ?? 'eligible')
  return stages.find((stage) => failed.includes(stage)) ?? 'eligible'
}

/** How many proposals were considered, and how many are left after each stage. */
export function funnel(proposals: Proposal[]): { considered: number; left: [Stage, number][] } {
  const lost = proposals.map(lostAt)
  const left = stages.map((stage, place): [Stage, number] => {
    const gone = stages.slice(0, place + 1)
    return [stage, lost.filter((one) => one === undefined || !gone.includes(one)).length]
  })
  return { considered: proposals.length, left }
}

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
