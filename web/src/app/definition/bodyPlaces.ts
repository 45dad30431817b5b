import { useTranslation } from 'react-i18next'
import { placeName, placesAround } from '../../ui'

/** The name of a place; one in a list, or under a name of its own, is told by its last step. */
type Name = string | ((step: string) => string)
/** Names by JSON pointer, in which `*` stands for a place in a list, or for any last step. */
type Names = Record<string, Name>

/** What is told of a place in a body, when the names of its kind are known. */
export function bodyPlace(names: Names, path: string): string | undefined {
  const known: Record<string, string> = {}
  for (const place of placesAround(path)) {
    const step = place.slice(place.lastIndexOf('/') + 1)
    const pattern = place.replace(/\/\d+(?=\/|$)/g, '/*')
    const name = names[pattern] ?? names[pattern.replace(/[^/]+$/, '*')]
    if (name) known[place] = typeof name === 'string' ? name : name(step)
  }
  return placeName(known, path)
}

const number = (step: string) => Number(step) + 1

/**
 * What the places of a definition are called where its form is not on the screen: as in the form,
 * with numbers for what is called otherwise there only because of what is written in it.
 */
export function useBodyPlace(): (kind: string, path: string) => string | undefined {
  const names = { ...useOfferNames(), ...useRuleNames() }
  return (kind, path) =>
    kind in names ? bodyPlace(names[kind as keyof typeof names], path) : undefined
}

function useOfferNames() {
  const { t } = useTranslation(['offers', 'offer_lists', 'placements', 'definition'])
  const name = { '/name': t('definition:name') }
  const look = {
    title: t('offers:creatives.heading'),
    text: t('offers:creatives.text'),
    link_url: t('offers:creatives.link'),
    image_url: t('offers:creatives.image'),
    template: t('offers:creatives.template'),
  }
  const creative = (step: string) => t('offers:variants.creative', { number: number(step) })
  const looks = (list: string): Names => ({
    [`${list}/*`]: creative,
    ...Object.fromEntries(Object.entries(look).map(([key, one]) => [`${list}/*/${key}`, one])),
  })
  const offer: Names = {
    ...name,
    '/template': t('offers:template'),
    '/category': t('offers:category'),
    '/tags': t('offers:tags'),
    '/owner': t('offers:owner'),
    '/attributes': t('offers:attributes'),
    '/attributes/*': (step) => step,
    '/valid_from': t('offers:valid_from'),
    '/valid_until': t('offers:valid_until'),
    '/placements': t('offers:placements'),
    '/channels': t('offers:creatives.channels'),
    ...looks('/creatives'),
    '/value_cents': t('offers:worth.value'),
    '/cost_cents': t('offers:worth.cost'),
    '/currency': t('offers:worth.currency'),
    '/propensity': t('offers:worth.propensity'),
    '/lever': t('offers:worth.lever'),
    '/control_fraction': t('offers:worth.control'),
    '/eligibility': t('offers:eligibility.title'),
    '/code': t('offers:code.kind'),
    '/relevant': t('offers:relevant.title'),
    '/suppress': t('offers:suppress.title'),
    '/suppress/related': t('offers:suppress.related'),
    '/suppress/related_lists': t('offers:suppress.related_lists'),
    '/variants': t('offers:variants.title'),
    '/variants/*': (step) => String(number(step)),
    '/variants/*/key': t('offers:variants.key'),
    '/variants/*/when': t('offers:variants.when'),
    ...looks('/variants/*/creatives'),
  }
  const offer_list: Names = {
    ...name,
    '/offers': t('offer_lists:offers'),
    '/rule': t('offer_lists:rule'),
  }
  const placement: Names = {
    ...name,
    '/channel': t('placements:channel'),
    '/touchpoint': t('placements:touchpoint'),
    '/count': t('placements:count'),
    '/lists': t('placements:lists'),
    '/context_weights': t('placements:weights.title'),
    '/context_weights/*': (step) => step,
  }
  return { offer, offer_list, placement }
}

function useRuleNames() {
  const { t } = useTranslation(['caps', 'policies', 'strategies', 'experiments', 'definition'])
  const name = { '/name': t('definition:name') }
  const cap: Names = {
    ...name,
    '/measure': t('caps:measure.label'),
    '/at_most': t('caps:at_most'),
    '/offers': t('caps:concerns.offers'),
    '/categories': t('caps:concerns.categories'),
    '/placements': t('caps:concerns.placements'),
    '/channels': t('caps:concerns.channels'),
    '/starts_at': t('caps:time.starts'),
    '/ends_at': t('caps:time.ends'),
    '/holds': t('caps:holds.label'),
  }
  const policy: Names = {
    ...name,
    '/limits': t('policies:limits'),
    '/limits/*': (step) => String(number(step)),
    '/limits/*/at_most': t('policies:limit.at_most'),
    '/limits/*/window': t('policies:window.label'),
    '/limits/*/channels': t('policies:limit.channels_label'),
    '/limits/*/categories': t('policies:limit.categories_label'),
    '/quiet_hours': t('policies:quiet.title'),
  }
  const strategy: Names = {
    ...name,
    '/placements': t('strategies:where.placements'),
    '/channels': t('strategies:where.channels'),
    '/levers': t('strategies:levers.title'),
    '/context_weights': t('strategies:circumstances.title'),
    '/learning': t('strategies:learning.title'),
    '/groups': t('strategies:value.groups'),
    '/margin_share': t('strategies:value.margin_share'),
    '/universal_control_fraction': t('strategies:control.title'),
  }
  const experiment: Names = {
    ...name,
    '/subject': t('experiments:subject.label'),
    '/variants': t('experiments:variants.title'),
    '/variants/*': (step) => String(number(step)),
    '/exclusion': t('experiments:exclusion.title'),
  }
  return { cap, policy, strategy, experiment }
}
