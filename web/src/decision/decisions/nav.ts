import type { NavigationItem } from '../../app/screens'

export const decisionsPath = '/decisions'
export const decisionPath = (decisionId: string) => `${decisionsPath}/${decisionId}`

export const nav: NavigationItem[] = [
  {
    group: 'decisions',
    path: decisionsPath,
    label: 'decisions',
    icon: 'decision',
    rank: 1,
    letter: 'd',
    permission: 'view_decisions',
    id: 'dec',
  },
]
