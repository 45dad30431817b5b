import type { NavigationItem } from '../../app/screens'

export const messagesPath = '/messages'
export const messagePath = (id: string) => `${messagesPath}/${id}`

export const nav: NavigationItem[] = [
  {
    group: 'conversations',
    path: messagesPath,
    label: 'messages',
    icon: 'message',
    rank: 3,
    letter: 'm',
    permission: 'view_messages',
  },
]
