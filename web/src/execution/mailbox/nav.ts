import type { NavigationItem } from '../../app/screens'

export const mailboxPath = '/mailbox'

export const nav: NavigationItem[] = [
  {
    group: 'conversations',
    path: mailboxPath,
    label: 'mailbox',
    icon: 'mail',
    rank: 4,
    letter: 'b',
    permission: 'view_messages',
  },
]
