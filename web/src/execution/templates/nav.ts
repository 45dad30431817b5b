import type { NavigationItem } from '../../app/screens'

export const templatesPath = '/templates'
export const templatePath = (key: string) => `${templatesPath}/${key}`

export const nav: NavigationItem[] = [
  {
    group: 'conversations',
    path: templatesPath,
    label: 'templates',
    icon: 'template',
    rank: 2,
    letter: 'e',
    permission: 'view_definitions',
    kind: 'template',
  },
]
