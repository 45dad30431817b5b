import type { NavigationItem } from '../../app/screens'

export const offerTemplatesPath = '/offer-templates'
export const offerTemplatePath = (key: string) => `${offerTemplatesPath}/${key}`

export const nav: NavigationItem[] = [
  {
    group: 'offers',
    path: offerTemplatesPath,
    label: 'offer_templates',
    icon: 'template',
    rank: 2,
    letter: 'f',
    permission: 'view_definitions',
    kind: 'offer_template',
  },
]
