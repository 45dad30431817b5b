import { useTranslation } from 'react-i18next'
import { useWord } from '../../locales/words'
import { Icon } from '../../ui'
import classes from './CreativeCard.module.css'

export type CreativeShown = {
  channel?: string | null
  language?: string | null
  title?: string | null
  text?: string | null
  image_url?: string | null
  link_url?: string | null
}

const spoken = new Set(['call_center', 'point_of_sale'])

/** How a creative looks to the customer, or is said to them. */
export function CreativeCard({ creative }: { creative: CreativeShown }) {
  const { t } = useTranslation('offers')
  const word = useWord()
  const { channel, language, title, text, image_url: image, link_url: link } = creative
  const said = spoken.has(channel ?? '')
  return (
    <article className={classes.card} lang={language ?? undefined}>
      {channel && (
        <p className={classes.channel}>
          <Icon name={said ? 'phone' : channel === 'email' ? 'mail' : 'placement'} size={13} />
          {word('channel', channel)}
        </p>
      )}
      {image && <img className={classes.image} src={image} alt="" />}
      <p className={classes.title}>{title || t('creative.no_title')}</p>
      {text && <p className={classes.text}>{text}</p>}
      {link && !said && <p className={classes.link}>{link}</p>}
    </article>
  )
}
