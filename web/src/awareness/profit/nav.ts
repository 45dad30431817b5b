import type { NavigationItem } from '../../app/screens'

export const profitPath = '/profit'

export const nav: NavigationItem[] = [
  {
    group: 'decisions',
    path: profitPath,
    label: 'profit',
    icon: 'decision',
    rank: 8,
    permission: 'view_reports',
  },
]
