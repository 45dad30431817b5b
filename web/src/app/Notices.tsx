import '@mantine/notifications/styles.layer.css'
import { Notifications } from '@mantine/notifications'

/** Where short messages about what was done appear. */
export default function Notices() {
  return <Notifications position="bottom-right" />
}
