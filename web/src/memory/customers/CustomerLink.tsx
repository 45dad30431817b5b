import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useCustomerName } from '../../api/names'
import { useMay } from '../../api/session'
import { customerQuery } from './customers'
import { customerPath } from './nav'

/** The customer by name, as soon as it is known to whoever may know it. */
export function CustomerLink({ id }: { id: string }) {
  const enabled = useMay()('view_customers')
  const customer = useQuery({ ...customerQuery(id), staleTime: 60_000, retry: false, enabled })
  const customerName = useCustomerName()
  return <Link to={customerPath(id)}>{customerName(id, customer.data?.label)}</Link>
}
