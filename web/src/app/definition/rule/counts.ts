import { createContext, useContext } from 'react'

/** How many customers satisfy one condition, and how many are left after it. */
export type ConditionFigures = { count: number; left?: number | null }

/** The counts of a rule by the places of its conditions, and of how many they are a part. */
export type RuleFigures = {
  at: Map<string, ConditionFigures>
  population: number
  /** True while a newer count is on its way. */
  stale: boolean
}

export const RuleFiguresContext = createContext<RuleFigures | null>(null)
export const useFigures = () => useContext(RuleFiguresContext)
