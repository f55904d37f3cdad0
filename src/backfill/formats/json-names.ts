import type { FieldMapping } from '../../runbook/backfill-schema.ts';
import { placeOf } from './json-values.ts';
import type { JsonObject, Place } from './json-values.ts';

/** What a runbook can name. */
export type Part = keyof FieldMapping;
/** What is looked for in a line. The URL alone has five ways to stand in it, the query and a wrapped line are extra. */
export type Slot =
  Exclude<Part, 'url'> | 'originalUrl' | 'requestLine' | 'url' | 'path' | 'query' | 'route' | 'inner';
export type Names = Readonly<Record<Slot, readonly string[]>>;

/**
 * Where the parts of a request are looked for when a runbook does not say where they stand, the best first. Upper and lower case, `_` and `-` make no difference, so that `status_code` is
 * also `statusCode`; after `=` they do. A dot leads into an object, or stands in the name itself. In this order: of our own, nginx, Apache, Caddy, Traefik, Envoy, Cloudflare, CloudFront, Google, pino, ECS.
 */
export const DEFAULT_NAMES: Names = {
  time: names(`
    time timestamp @timestamp ts msec time_local time_iso8601 start_time StartUTC EdgeStartTimestamp
    datetime date_time event_time request_timestamp started_at =requestTime
  `),
  method: names(`
    method request_method http_method request.method verb ClientRequestMethod cs-method
    httpRequest.requestMethod req.method http.request.method http.method
  `),
  /** The URL as the client sent it, with its query. */
  originalUrl: names(`
    request_uri original_uri original_url http_uri request.uri =RequestPath ClientRequestURI request_url
    httpRequest.requestUrl req.originalUrl req.url url.original http.target
  `),
  /** Method, URL and version in one. */
  requestLine: names('request request_line http_request requestline'),
  url: names('url request.url url.full full_url http.url'),
  /** What servers make of the URL: decoded, rewritten, and mostly without the query. */
  path: names(`
    uri path uri_path url_path request_path request.path ClientRequestPath cs-uri-stem req.path url.path
    http.path uri_stem
  `),
  query: names(`
    query_string args request_query query uri_query url_query request_args cs-uri-query request.query
    request.querystring req.query url.query http.query query_params
  `),
  /** The pattern that the URL fits, such as `/pets/{id}`, of API Gateway. */
  route: names('resourcePath routeKey'),
  /** The request's host before names that logs also use for the server itself. */
  host: names(`
    http_host vhost virtual_host :authority authority request.host request_host ClientRequestHost
    x-host-header req.host url.domain http.host server.address domainName cs-host host server_name
  `),
  /** The status that the client got, never that of an upstream or an origin. */
  status: names(`
    status status_code response.status response.status_code response_status response_code response
    DownstreamStatus EdgeResponseStatus sc-status http_status http_status_code response_status_code
    elb_status_code httpRequest.status res.statusCode res.status http.response.status_code http.status_code
    http.status response.code http_response_code http_code resp_status
  `),
  client: names(`
    client client_ip request.client_ip remote_addr remote_ip request.remote_ip ClientHost ClientAddr
    client_addr client_address remote_address remote_host request.remote_addr c-ip httpRequest.remoteIp
    req.remoteAddress req.ip client.ip client.address source.ip source_ip ip x_forwarded_for
    http_x_forwarded_for x_real_ip http_x_real_ip http_cf_connecting_ip downstream_remote_address
  `),
  userAgent: names(`
    userAgent http_user_agent request_user_agent ClientRequestUserAgent cs(User-Agent) agent
    httpRequest.userAgent user_agent.original
  `),
  headers: names('headers request.headers req.headers'),
  body: names('body request_body request.body req.body'),
  bodyBase64: names('bodyBase64 isBase64Encoded request.bodyBase64'),
  latency: names('latency request_time duration'),
  /** A line in a line, as container runtimes, journald and collectors wrap them. */
  inner: names('log message msg textPayload line'),
};

/** The same for each line with the same members. */
export type Layout = Readonly<Record<Slot, readonly Place[]>>;

const SLOTS = Object.keys(DEFAULT_NAMES) as readonly Slot[];
/** A log has a handful of shapes of lines. */
const MOST_LAYOUTS = 500;
/** A line with more members is looked at anew each time. */
const MOST_MEMBERS = 200;

/** Finds the members of a line that may hold a part, once for each shape of lines. */
export function layouts(names: Names): (line: JsonObject) => Layout {
  const known = new Map<string, Layout>();
  // Most lines are like the one before: to compare names costs less than to look them up.
  let last: readonly string[] = [];
  let lastLayout = layoutOf(names, last);
  return (line) => {
    const members = Object.keys(line);
    if (areSame(members, last)) return lastLayout;
    if (members.length > MOST_MEMBERS) return layoutOf(names, members);
    const shape = members.join('\n');
    let layout = known.get(shape);
    if (layout === undefined) {
      layout = layoutOf(names, members);
      if (known.size >= MOST_LAYOUTS) known.clear();
      known.set(shape, layout);
    }
    last = members;
    lastLayout = layout;
    return layout;
  };
}

function areSame(left: readonly string[], right: readonly string[]): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index += 1) if (left[index] !== right[index]) return false;
  return true;
}

function layoutOf(names: Names, members: readonly string[]): Layout {
  const found = SLOTS.map((slot) => [
    slot,
    names[slot].map((name) => placeOf(name, members)).filter((place) => place !== undefined),
  ]);
  return Object.fromEntries(found) as Layout;
}

/** Names divided by white space: none holds any. */
function names(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
