import { useTranslation } from 'react-i18next'
import { placeName, placesAround } from '../../ui'

/** What the places of a question are called on its page. */
export function useQuestionPlace(): (path: string) => string | undefined {
  const { t } = useTranslation('explore')
  const names: Record<string, string> = {
    '/period': t('period.label'),
    '/zone': t('zone'),
    '/filter': t('filter.sentence'),
    '/criteria': t('filter.sentence'),
    '/view/distribution/measure': t('measure.label'),
    '/view/distribution/by': t('by.label'),
    '/view/cross_tab/measure': t('measure.label'),
    '/view/cross_tab/rows': t('by.rows'),
    '/view/cross_tab/columns': t('by.columns'),
    '/view/funnel/within_ms': t('funnel.within'),
    '/view/funnel/without': t('funnel.without'),
    '/view/funnel/by': t('funnel.by'),
    '/view/cohort/first': t('cohort.first'),
    '/view/cohort/again': t('cohort.again'),
    '/view/rfm/of': t('rfm.of'),
    '/view/rfm/amount': t('rfm.amount'),
    '/view/series/measure': t('measure.label'),
    '/view/series/split': t('series.split'),
    '/view/series/compare': t('series.compare'),
    '/view/paths/start': t('paths.start'),
    '/view/paths/depth': t('paths.depth'),
  }
  return (whole) => {
    // What asks for the customers of a number carries the question.
    const path = whole.replace(/^\/question(?=\/)/, '')
    const known = { ...names }
    for (const place of placesAround(path)) {
      const step = /^\/view\/funnel\/steps\/(\d+)$/.exec(place)
      if (step) known[place] = t('funnel.step', { number: Number(step[1]) + 1 })
    }
    if (path === '/view/funnel/steps') return t('paths.depth')
    return placeName(known, path) ?? t('ask')
  }
}
