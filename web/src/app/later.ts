import { lazy } from 'react'

// What the first paint can do without; it comes right after it, and so do the menus' own parts.
export const Switches = lazy(() => import('./Switches'))
export const UserMenu = lazy(() => import('./UserMenu'))
export const LockedItem = lazy(() => import('./LockedItem'))
export const Palette = lazy(() => import('./Palette'))
export const ShortcutSheet = lazy(() => import('./ShortcutSheet'))
export const Notices = lazy(() => import('./Notices'))

const signIn = () => import('./SignInPage')

/** Called as soon as it is clear that nobody is signed in. */
export const fetchSignIn = () => void signIn()
export const SignInPage = lazy(signIn)
export const SetupPage = lazy(() => import('./SetupPage'))
