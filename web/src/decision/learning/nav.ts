import type { NavigationItem } from '../../app/screens'

export const learningPath = '/learning'
export const modelPath = (channel: string, offer: string) => `${learningPath}/${channel}/${offer}`

export const nav: NavigationItem[] = [
  {
    group: 'decisions',
    path: learningPath,
    label: 'learning',
    icon: 'learning',
    rank: 6,
    permission: 'view_reports',
  },
]
