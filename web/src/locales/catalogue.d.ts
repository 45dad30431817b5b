import 'i18next'

// One line per namespace, so that every key is checked when the program is built.
declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'app'
    contextSeparator: '::'
    resources: {
      agent: typeof import('./en/agent.json')
      app: typeof import('./en/app.json')
      attributes: typeof import('./en/attributes.json')
      audit: typeof import('./en/audit.json')
      caps: typeof import('./en/caps.json')
      conflicts: typeof import('./en/conflicts.json')
      customer_tables: typeof import('./en/customer_tables.json')
      customers: typeof import('./en/customers.json')
      decisions: typeof import('./en/decisions.json')
      definition: typeof import('./en/definition.json')
      explore: typeof import('./en/explore.json')
      feeds: typeof import('./en/feeds.json')
      goals: typeof import('./en/goals.json')
      experiments: typeof import('./en/experiments.json')
      imports: typeof import('./en/imports.json')
      journeys: typeof import('./en/journeys.json')
      keys: typeof import('./en/keys.json')
      learning: typeof import('./en/learning.json')
      live: typeof import('./en/live.json')
      mailbox: typeof import('./en/mailbox.json')
      messages: typeof import('./en/messages.json')
      offer_lists: typeof import('./en/offer_lists.json')
      offer_templates: typeof import('./en/offer_templates.json')
      offers: typeof import('./en/offers.json')
      placements: typeof import('./en/placements.json')
      policies: typeof import('./en/policies.json')
      profit: typeof import('./en/profit.json')
      quarantine: typeof import('./en/quarantine.json')
      rule: typeof import('./en/rule.json')
      segments: typeof import('./en/segments.json')
      simulations: typeof import('./en/simulations.json')
      sources: typeof import('./en/sources.json')
      sql: typeof import('./en/sql.json')
      strategies: typeof import('./en/strategies.json')
      suppressions: typeof import('./en/suppressions.json')
      system: typeof import('./en/system.json')
      templates: typeof import('./en/templates.json')
      touchpoints: typeof import('./en/touchpoints.json')
      today: typeof import('./en/today.json')
      ui: typeof import('./en/ui.json')
      users: typeof import('./en/users.json')
      web: typeof import('./en/web.json')
      words: typeof import('./en/words.json')
    }
  }
}
