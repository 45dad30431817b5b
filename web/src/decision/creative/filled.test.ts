import { describe, expect, it } from 'vitest'
import { filled } from './filled'

describe('creatives', () => {
  it('are shown with their placeholders filled in', () => {
    const creative = {
      title: '{{offer.attributes.percent_off|percent}} off {{ offer.attributes.what }}',
      text: 'from {{ offer.attributes.from | money }} with {{ offer.code }}, {{ offer.attributes.no }}',
      link_url: '/sale?code={{offer.code}}',
    }
    const attributes = { percent_off: 0.125, what: 'hats', from: 1250 }
    expect(filled(creative, attributes)).toEqual({
      title: '12.5 % off hats',
      text: 'from 12.50 with CODE, {{ offer.attributes.no }}',
      link_url: '/sale?code=CODE',
    })
  })

  it('have a sample of a code in their own language', () => {
    const of = (language: string) => filled({ language, text: '{{ offer.code }}' }, {}).text
    expect([of('zh-CN'), of('en-GB'), of('fr')]).toEqual(['兑换码', 'CODE', 'CODE'])
  })
})
