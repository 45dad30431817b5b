import type { NavigationItem } from '../../app/screens'

export const agentPath = '/agent'

export const nav: NavigationItem[] = [
  {
    group: 'customers',
    path: agentPath,
    label: 'agent',
    icon: 'agent',
    rank: 2,
    letter: 'a',
    permission: 'record_responses',
  },
]
