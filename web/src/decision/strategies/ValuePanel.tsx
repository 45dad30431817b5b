import { Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import {
  ChoiceField,
  CriteriaField,
  Fields,
  PercentField,
  RowList,
  Side,
  TextField,
  useForm,
} from '../../app/definition'
import { Panel } from '../../ui'
import { OnlyGeneral } from './OnlyGeneral'
import classes from './StrategyForm.module.css'

const order = 'Order Completed'

/** Groups that react differently to a discount, as most shops have them. */
const usual = [
  {
    key: 'recent_buyers',
    name: { en: 'Recent buyers', zh: '近期购买者' },
    when: {
      all: [
        { event: order, within: { rolling_days: 60 } },
        {
          not: {
            event: order,
            where: [{ property: 'discount', greater: 0 }],
            within: { rolling_days: 365 },
          },
        },
      ],
    },
  },
  {
    key: 'price_sensitive',
    name: { en: 'Price sensitive', zh: '价格敏感' },
    when: {
      event: order,
      where: [{ property: 'discount', greater: 0 }],
      within: { rolling_days: 365 },
    },
  },
  {
    key: 'new_customers',
    name: { en: 'Never bought', zh: '从未购买' },
    when: { event: order, equals: 0 },
  },
]

/** Whether values are stated or measured, and by which groups of customers. */
export function ValuePanel() {
  const { t } = useTranslation(['strategies', 'definition'])
  const form = useForm()
  const groups = form.list('/groups')
  return (
    <Panel title={t('value.title')}>
      <Fields>
        <ChoiceField
          path="/value"
          label={t('value.label')}
          hint={t('value.hint')}
          none={t('value.stated')}
          choices={[{ value: 'incremental', label: t('value.incremental') }]}
        />
        <OnlyGeneral>
          <PercentField
            path="/margin_share"
            label={t('value.margin_share')}
            hint={t('value.margin_share_hint')}
          />
          <strong>{t('value.groups')}</strong>
          <p className={classes.soft}>{t('value.groups_hint')}</p>
          <RowList
            path="/groups"
            heading={(place) => {
              const key = form.text(`/groups/${place}/key`)
              return key ? t('value.group', { key }) : t('value.group_new')
            }}
            add={t('value.group_add')}
            blank={() => ({ key: '', name: { en: '' }, when: { event: order } })}
            empty={t('value.groups_empty')}
          >
            {(path) => (
              <>
                <Side>
                  <TextField path={`${path}/key`} label={t('value.group_key')} required />
                  <TextField path={`${path}/name/en`} label={t('definition:name_en')} />
                  <TextField path={`${path}/name/zh`} label={t('definition:name_zh')} />
                </Side>
                <CriteriaField path={`${path}/when`} label={t('value.group_when')} />
              </>
            )}
          </RowList>
          {!form.readOnly && groups.length === 0 && (
            <div>
              <Button variant="default" onClick={() => form.set('/groups', usual)}>
                {t('value.usual')}
              </Button>
            </div>
          )}
        </OnlyGeneral>
      </Fields>
    </Panel>
  )
}
