"""Explanations and previews: what the gateway would do, without doing it."""

import json
import os
import sys
import urllib.parse

from rtalpha import (Checks, System, free_ports, get, git_commit,
                     request)

TREE = '''rtalpha:
  gateway:
    routes:
      posts:  {path: "/orders/**", methods: [POST], service: orders, order: 1}
      mobile: {path: "/orders/**", headers: {X-App: "mobile"}, service: orders,
               order: 2}
      orders: {host: api.example.org, path: "/orders/**", service: orders,
               strip: 1, order: 3, timeout: 2s, retries: 2}
      rest:   {path: "/orders/**", service: rest, order: 4}
      other:  {path: "/other", service: other}
    policies:
      "*": {connect-timeout: 500ms}
      orders: {read-timeout: 1s}
zuul:
  routes:
    pms: /pms/**
ribbon.ReadTimeout: 3000
'''

NEXT = '''rtalpha:
  gateway:
    routes:
      posts:  {path: "/orders/**", methods: [POST], service: orders, order: 1}
      mobile: {path: "/orders/**", service: orders, order: 2}
      late:   {path: "/orders/{id}/items", service: items, order: 5}
      create: {path: "/orders/new", methods: [POST], service: items, order: 6}
      alone:  {path: "/alone/{id}", service: items, order: 7}
      wider:  {path: "/alone/**", service: items, order: 8}
'''


def explain(system, url, method='GET', headers=(), status=200):
    query = [('method', method), ('url', url)]
    query += [('header', h) for h in headers]
    answer = get(system.admin, '/_rtalpha/api/explain?'
                 + urllib.parse.urlencode(query))
    assert answer.status == status, answer.text()
    return answer.json()


def decisions(check, system):
    got = explain(system, 'http://API.example.org:8080/orders/1?x=1')
    check.equal(got['route']['id'], 'orders', 'the route by host and path')
    check.equal(got['route']['tree'], 'native', 'its tree')
    check.equal(got['host'], 'api.example.org', 'the host as it is matched')
    lost = {r['id']: r for r in got['lost']}
    check.equal(set(lost), {'posts', 'mobile', 'rest'}, 'those that lost')
    check.equal(lost['posts']['condition'], 'Method=POST', 'by the method')
    check.ok(lost['mobile']['condition'].startswith('Header=X-App'),
             'by a header', lost['mobile'])
    check.equal(lost['rest']['why'], 'comes later in the table', 'by order')
    check.equal(got['otherPaths'], 2, 'others have another path')

    check.equal(got['timeouts'], {
        'connect': {'ms': 500,
                    'from': 'rtalpha.gateway.policies.*.connect-timeout'},
        'read': {'ms': 1000,
                 'from': 'rtalpha.gateway.policies.orders.read-timeout'},
        'total': {'ms': 2000,
                  'from': 'rtalpha.gateway.routes.orders.timeout'},
    }, 'time-outs and where they come from')
    check.equal((got['retries']['next'], got['retries']['from']),
                (2, 'rtalpha.gateway.routes.orders.retries'), 'retries')
    check.equal([c['id'] for c in got['candidates']],
                [f'orders:{system.port}'], 'the instances')

    got = explain(system, '/pms/a', headers=(
        'Cookie: a=1', 'Connection: close, X-One', 'X-One: 1', 'TE: x',
        'X-Other: 1'))
    check.equal(got['route']['tree'], 'zuul', "a route of Zuul's")
    check.equal({s['name']: s['why'] for s in got['stripped']}, {
        'Cookie': 'the tree drops it (sensitive or ignored)',
        'Connection': 'for this hop only (RFC 9110, 7.6.1)',
        'X-One': 'Connection names it',
        'TE': 'for this hop only (RFC 9110, 7.6.1)'}, 'headers and why')
    check.equal(got['timeouts']['read']['ms'], 3000, 'Ribbon’s time-out')
    check.equal(got['breaker']['state'], 'closed', 'its breaker')

    # the answer is what a real request gets
    check.equal(get(system.gateway, '/orders/1').status, 503, 'no instance')
    got = explain(system, '/orders/1')
    check.equal((got['route']['id'], got['candidates']), ('rest', []),
                'explained as it is served')
    got = explain(system, '/nothing')
    check.equal((got['status'], got['reason'], got['route']),
                (404, 'no-route', None), 'no route')
    got = explain(system, '/a/%2e%2e/../x')
    check.equal((got['status'], got['reason']), (400, 'bad-path'), 'bad path')

    check.equal(get(system.admin, '/_rtalpha/api/explain').status, 400,
                'without a URL')
    check.equal(get(system.admin, '/_rtalpha/api/explain?url=/&gateway=x'
                    ).status, 404, 'of no gateway')
    check.equal(request(system.admin, 'POST', '/_rtalpha/api/explain?url=/',
                        body=b'x').status, 405, 'only read')


def previews(check, system):
    def preview(text, status=200):
        answer = request(system.admin, 'POST', '/_rtalpha/api/preview',
                         body=text.encode())
        check.equal(answer.status, status, 'the status of a preview')
        return answer.json()

    def nothing():
        got = preview(TREE)
        return (got['good'], got['added'], got['removed'],
                got['changed']) == (True, [], [], [])

    # routes of services come a moment after the services
    check.comes(nothing, 'the same tree changes nothing')

    got = preview(NEXT)
    check.equal(got['added'], ['late', 'create', 'alone', 'wider'], 'added')
    check.equal(set(got['removed']), {'orders', 'rest', 'other', 'pms'},
                'removed')
    # the policies are gone, too
    check.equal(got['changed'], ['posts', 'mobile'], 'changed')
    check.equal(got['unreachable'], [{'id': 'late', 'by': 'mobile'}],
                'unreachable')
    check.equal(got['shadowed'], [{'id': 'create', 'by': 'posts'}],
                'shadowed')

    # nobody sends what is asked for here: there is no address to compare
    got = preview("""spring.cloud.gateway.routes:
- {id: a, uri: 'lb://a', predicates: [Path=/a/**, RemoteAddr=10.0.0.0/8]}
- {id: b, uri: 'lb://a', predicates: [XForwardedRemoteAddr=10.0.0.0/8]}
- {id: c, uri: 'lb://a', predicates: [Path=/a/c, 'Host=*.c', Header=C,
   Cookie=c, Query=c, 'Weight=g, 1']}
- {id: d, uri: 'lb://a', predicates: [Path=/a/d]}
- {id: e, uri: 'lb://a', predicates: [Path=/a/d]}
""")
    check.equal((got['good'], got['shadowed'], got['limited']),
                (True, [], False), 'conditions of the peer')
    check.equal(got['unreachable'], [{'id': 'e', 'by': 'd'}],
                'and what is behind them')

    # everything is compared with everything: that ends
    begun = os.times().elapsed
    got = preview('rtalpha.gateway.routes:\n' + ''.join(
        f'  r{i}: {{path: /**, headers: {{H{i}: x}}, service: s}}\n'
        for i in range(9000)))
    check.equal((got['routes'], got['limited']), (9000, True), 'a limit')
    check.ok(os.times().elapsed - begun < 20, 'ends soon')

    got = preview(json.dumps({'rtalpha.gateway.routes.a': {'path': '/a'}}))
    check.equal(got['good'], False, 'a wrong tree')
    check.ok(any(line['verdict'] == 'wrong' for line in got['report']),
             'and why', got['report'])
    preview('a: [', 400)
    check.equal(get(system.admin, '/_rtalpha/api/preview').status, 405,
                'a preview is posted')
    check.equal(request(system.admin, 'POST', '/_rtalpha/api/preview',
                        body=b'x' * 1100000).status, 413, 'and not too long')
    check.equal(get(system.gateway, '/alone/x').status, 404,
                'nothing was put in place')


def counted(check, system):
    def metrics():
        return get(system.admin, '/_rtalpha/metrics').text()

    def value(name, labels):
        for line in metrics().split('\n'):
            if line.startswith(f'{name}{{{labels}}}'):
                return float(line.rsplit(' ', 1)[1])
        return 0

    route, service = 'rtalpha_gateway_route', 'rtalpha_gateway_service'
    before = value(f'{route}_requests_total', 'route="rest",status="5xx"')
    for _ in range(5):
        check.equal(get(system.gateway, '/orders/1').status, 503, 'a request')
    check.comes(lambda: value(f'{route}_requests_total',
                              'route="rest",status="5xx"') == before + 5,
                'requests are counted by route and status')
    check.ok(value(f'{service}_requests_total',
                   'service="rest",status="5xx"') >= 5, 'and by service')
    check.equal(value(f'{route}_duration_seconds_count', 'route="rest"'),
                value(f'{route}_duration_seconds_bucket',
                      'route="rest",le="+Inf"'), 'the last bucket has all')

    # one line in JSON for each
    def logged():
        with open(system.decisions, encoding='utf-8') as f:
            lines = [json.loads(line) for line in f]
        return [line for line in lines if line['uri'] == '/orders/1'
                and line['route'] == 'rest']

    check.comes(logged, 'decisions are logged')
    last = logged()[-1]
    check.equal((last['status'], last['service'], last['reason']),
                (503, 'rest', 'no-instance'), 'with route and reason')

    # more routes than places, and one that is not to be counted
    git_commit(system.repo, {'api-gateway.yml': '''rtalpha:
  gateway:
    policies: {r0: {metrics: false}}
    routes:
''' + ''.join(f'      r{i}: {{path: /r{i}, service: none}}\n'
              for i in range(600))})
    check.comes(lambda: get(system.gateway, '/r1').status == 503,
                'many routes')
    for i in range(600):
        get(system.gateway, f'/r{i}')
    text = metrics()
    check.ok('route="r1",' in text, 'the first ones have a series')
    check.ok('route="r0",' not in text, 'but for one')
    check.ok(len({line.split('route="')[1].split('"')[0] for line in
                  text.split('\n') if line.startswith(route + '_requests')})
             <= 513, 'there are not too many')
    check.ok(value(f'{route}_requests_total',
                   'route="overflow",status="5xx"') > 50,
             'the others are counted together')


def main():
    check = Checks()
    system = System({'api-gateway.yml': TREE}, gateway='access_log DIR rtalpha;')
    system.decisions = os.path.join(system.dir, 'decisions.log')
    # one worker: what one has been told of, all have
    system.nginx.configure(system.nginx.http.replace('DIR',
                                                     system.decisions),
                           workers=1)
    system.start()
    system.port = free_ports(1)[0]
    check.equal(system.register('orders', system.port), 204, 'an instance')
    check.comes(lambda: explain(system, 'http://api.example.org/orders/1')
                ['candidates'], 'the gateway knows it')

    decisions(check, system)
    previews(check, system)
    counted(check, system)

    check.clean(system.nginx)
    check.done()


if __name__ == '__main__':
    sys.exit(main())
