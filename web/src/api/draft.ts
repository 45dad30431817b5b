// What is agreed and not yet in docs/openapi.json, written by hand.

type Json<T> = { content: { 'application/json': T } }
type Change<Body, Answer> = {
  parameters: { query?: Record<string, never>; path?: Record<string, never> }
  requestBody: Json<Body>
  responses: { 200: Json<Answer> }
}

export interface paths {
}
