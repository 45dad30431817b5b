import type { NavigationItem } from '../../app/screens'

export const segmentsPath = '/segments'
export const segmentPath = (key: string) => `${segmentsPath}/${key}`
export const splitPath = '/segment-split'

export const nav: NavigationItem[] = [
  {
    group: 'customers',
    path: segmentsPath,
    label: 'segments',
    icon: 'segment',
    rank: 2,
    letter: 's',
    permission: 'view_definitions',
    kind: 'segment',
  },
]
