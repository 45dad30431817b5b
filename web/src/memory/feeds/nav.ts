import type { NavigationItem } from '../../app/screens'

export const feedsPath = '/feeds'
export const feedPath = (key: string) => `${feedsPath}/${key}`

export const nav: NavigationItem[] = [
  {
    group: 'data',
    path: feedsPath,
    label: 'feeds',
    icon: 'refresh',
    rank: 3.5,
    permission: 'view_data',
    kind: 'feed',
  },
]
