import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useCustomerName } from '../../api/names'
import { customerQuery } from './customers'
import { customerPath } from './nav'

/** The customer by name, as soon as it is known. */
export function CustomerLink({ id }: { id: string }) {
  const customer = useQuery({ ...customerQuery(id), staleTime: 60_000, retry: false })
  const customerName = useCustomerName()
  return <Link to={customerPath(id)}>{customerName(id, customer.data?.label)}</Link>
}
