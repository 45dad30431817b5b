import type { NavigationItem } from '../../app/screens'

export const auditPath = '/audit'

export const nav: NavigationItem[] = [
  {
    group: 'admin',
    path: auditPath,
    label: 'audit',
    icon: 'audit',
    rank: 3,
    permission: 'view_audit',
  },
]
