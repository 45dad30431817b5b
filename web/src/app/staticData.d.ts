import '@tanstack/react-router'
import type { Permission } from '../api/session'

declare module '@tanstack/react-router' {
  interface StaticDataRouteOption {
    permission?: Permission
  }
}
