use Test::Nginx::Rtalpha 'no_plan';

use Cwd ();

our $Settings = $ENV{TEST_NGINX_SETTINGS} = "$ENV{TEST_NGINX_REPOS}/native.yml";
$ENV{TEST_NGINX_CONF} = Cwd::abs_path("$INC{'Test/Nginx/Rtalpha.pm'}"
                                     . '/../../../../../conf');
$ENV{TEST_NGINX_BACK} = 21951;
$ENV{TEST_NGINX_DEAD} = 21952;
my $back = "127.0.0.1:$ENV{TEST_NGINX_BACK}";

write_file($Settings, <<"EOF");
rtalpha:
  gateway:
    trusted-proxies: [10.0.0.0/8]
    routes:
      orders: {host: API.example.org, path: "/orders/**", methods: [GET, POST], service: back, strip: 1}
      headers: {path: /headers, headers: {X-Version: "2[.].*", X-Any: "*"}, query: {q: "a|b"}, cookies: {c: "1"}, service: back}
      late: {path: /pick/**, service: back, order: 5}
      early: {path: "/pick/x/**", service: back, strip: 2, order: -5}
      list: {path: ["/one", "/two"], service: back}
      url: {path: "/url/**", url: "http://$back/base", strip: 1}
      edit: {path: "/edit/{v}", service: back, filters: ["AddRequestHeader=X-One, {v}", "AddResponseHeader=X-Back, 1"]}
      cut: {path: "/cut/{v}", service: back, strip: 1, filters: ["AddRequestHeader=X-One, {v}"]}
      all: {host: "*.wild.org", service: back, strip: 2}
      host: {path: /host, service: back, preserve-host: true}
      fwd: {path: /fwd, forward: /local/x}
      off: {path: /off, service: back, enabled: false}
      dead: {path: /dead, service: dead}
      elsewhere: {path: /elsewhere, remote: 10.0.0.0/8, service: back}
      past: {path: /past, before: "2001-01-01T00:00:00Z", service: back}
    policies:
      "*": {connect-timeout: 5s}
      none: {timeout: 1s}
back: {ribbon: {listOfServers: "$back"}}
dead: {ribbon: {listOfServers: "127.0.0.1:$ENV{TEST_NGINX_DEAD}"}}
EOF

my %wrong = (
    target => 'rtalpha.gateway.routes.a.path: /a',
    two => "rtalpha.gateway.routes.a: {path: /a, service: x, url: 'http://x'}",
    key => 'rtalpha.gateway.routes.a: {path: /a, service: x, paht: /b}',
    value => 'rtalpha.gateway.routes.a: {path: /a, service: x, strip: many}',
    auth => 'rtalpha.gateway.routes.a: {path: /a, service: x, auth: {any: [x]}}',
    limit => 'rtalpha.gateway.policies.a: {limit: [per-client]}',
    policy => 'rtalpha.gateway.policies.a: {timeuot: 1s}',
    filter => 'rtalpha.gateway.routes.a: {path: /a, service: x, filters: [Nonsense=1]}',
    regex => "rtalpha.gateway.routes.a: {path: /a, service: x, headers: {A: '('}}",
    any => 'rtalpha.gateway.routes.a.service: x',
);

write_file("$ENV{TEST_NGINX_REPOS}/$_.yml", "$wrong{$_}\n") for keys %wrong;

our $HttpConfig = <<'EOF';
    rtalpha_zone 16m;
    rtalpha_state $TEST_NGINX_STATE;
    include $TEST_NGINX_CONF/rtalpha_http.conf;
    server {
        listen 127.0.0.1:$TEST_NGINX_BACK;
        location / {
            return 200 "$request_method $request_uri h=$http_host x=$http_x_one f=$http_x_forwarded_for p=$http_x_forwarded_prefix\n";
        }
    }
EOF

our $Config = <<'EOF';
    include $TEST_NGINX_CONF/rtalpha_server.conf;
    location ~ . { rtalpha_gateway settings=file:$TEST_NGINX_SETTINGS; }
    location ^~ /local/ { return 200 "local $uri\n"; }
    location ^~ /_rtalpha/ { rtalpha_admin; }
EOF

our $Directives = <<'EOF';
    include $TEST_NGINX_CONF/rtalpha_server.conf;
    location ~ ^/both/ {
        rtalpha_gateway settings=file:$TEST_NGINX_SETTINGS;
        rtalpha_route list path=/both/two service=back;
    }
    location ~ . {
        rtalpha_route orders path=/orders/** methods=GET,POST strip=1
                             url=http://127.0.0.1:21951/base;
        rtalpha_gateway;
        rtalpha_route named path=/named headers.X-Kind=a
                            url=http://127.0.0.1:21951;
        rtalpha_route_policy * timeout=5s;
    }
    location ^~ /_rtalpha/ { rtalpha_admin; }
EOF

no_long_string();
run_tests();

__DATA__

=== TEST 1: host without case and port, methods, strip
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- raw_request eval
"GET /orders/a/b?x=1 HTTP/1.1\r\nHost: api.EXAMPLE.org:8080\r\nConnection: close\r\n\r\n"
--- response_body_like: ^GET /a/b\?x=1 h=127.0.0.1:21951 x= f=127.0.0.1 p=/orders$



=== TEST 2: another host, and another method, are no match
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request eval
["GET /orders/a", "PUT /orders/a\n"]
--- more_headers eval
["Host: example.org", "Host: api.example.org"]
--- error_code eval
[404, 404]
--- response_body_like eval
['"title":"Not Found","status":404,"instance":"/orders/a","reason":"no-route"',
 '"title":"Not Found","status":404,"instance":"/orders/a","reason":"no-route"']



=== TEST 3: headers, query and cookies, all of them
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request eval
["GET /headers?q=b", "GET /headers?q=c", "GET /headers?q=a"]
--- more_headers eval
["X-Version: 2.1\nX-Any: 0\nCookie: c=1", "X-Version: 2.1\nX-Any: 0\nCookie: c=1",
 "X-Version: 3.1\nX-Any: 0\nCookie: c=1"]
--- error_code eval
[200, 404, 404]



=== TEST 4: order goes before the order in the file
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request eval
["GET /pick/x/y", "GET /pick/y"]
--- response_body_like eval
["GET /y h=", "GET /pick/y h="]



=== TEST 5: lists, a route that is off, addresses, times
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request eval
["GET /one", "GET /two", "GET /off", "GET /elsewhere", "GET /past"]
--- error_code eval
[200, 200, 404, 404, 404]



=== TEST 6: the path of a URL comes before
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request
GET /url/a?b
--- response_body_like: ^GET /base/a\?b h=



=== TEST 7: filters of Spring Cloud Gateway, with strip before them
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request eval
["GET /edit/a", "GET /cut/a"]
--- response_body_like eval
['^GET /edit/a h=127.0.0.1:21951 x=a f=127.0.0.1 p=$',
 '^GET /a h=127.0.0.1:21951 x=a f=127.0.0.1 p=$']



=== TEST 8: a path shorter than what is to be stripped
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request eval
["GET /", "GET /a", "GET /a/b/c"]
--- more_headers
Host: a.wild.org
--- response_body_like eval
['^GET / h=', '^GET / h=', '^GET /c h=']



=== TEST 9: the Host is the instance's, or the client's
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request
GET /host
--- response_body_like: ^GET /host h=localhost



=== TEST 10: forward: a location
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request
GET /fwd
--- response_body
local /local/x



=== TEST 11: only those who are trusted say who came before
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request
GET /two
--- more_headers
X-Forwarded-For: 10.1.1.1
--- response_body_like: f=127.0.0.1 p=$



=== TEST 12: failures are problems (RFC 9457)
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request
GET /dead
--- error_code: 502
--- response_headers
Content-Type: application/problem+json
--- response_body chomp
{"type":"about:blank","title":"Bad Gateway","status":502,"instance":"/dead","reason":"refused"}



=== TEST 13: the report says what became of each key
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request
GET /_rtalpha/api/settings
--- response_body_like: "rtalpha.gateway.routes.orders.host"[^}]*"used".*"rtalpha.gateway.policies.none.timeout"[^}]*"unknown"[^}]*no route has this id



=== TEST 14: routes by directives, over those of a file
--- http_config eval: $::HttpConfig
--- config eval: $::Directives
--- request eval
["GET /orders/a", "GET /named", "GET /both/two", "GET /both/x"]
--- more_headers
X-Kind: a
--- error_code eval
[200, 200, 200, 404]
--- response_body_like eval
['^GET /base/a ', '^GET /named ', '^GET /both/two ', 'no-route']



=== TEST 15: a directive with a wrong value
--- http_config eval: $::HttpConfig
--- config
    include $TEST_NGINX_CONF/rtalpha_server.conf;
    location ~ . { rtalpha_gateway; rtalpha_route a path=/a service=b strip=x; }
--- must_die
--- error_log
"rtalpha.gateway.routes[a].strip": not a value of this key



=== TEST 16: a route outside of a gateway
--- http_config eval: $::HttpConfig
--- config
    location ~ . { rtalpha_route a path=/a service=b; }
--- must_die
--- error_log
"rtalpha_route" is for locations with "rtalpha_gateway"



=== TEST 17: a wrong tree: target
--- http_config eval: $::HttpConfig
--- config
    include $TEST_NGINX_CONF/rtalpha_server.conf;
    location ~ . { rtalpha_gateway settings=file:$TEST_NGINX_REPOS/target.yml; }
--- must_die
--- error_log
a route needs exactly one of service, url and forward



=== TEST 18: a wrong tree: two
--- http_config eval: $::HttpConfig
--- config
    include $TEST_NGINX_CONF/rtalpha_server.conf;
    location ~ . { rtalpha_gateway settings=file:$TEST_NGINX_REPOS/two.yml; }
--- must_die
--- error_log
a route needs exactly one of service, url and forward



=== TEST 19: a wrong tree: key
--- http_config eval: $::HttpConfig
--- config
    include $TEST_NGINX_CONF/rtalpha_server.conf;
    location ~ . { rtalpha_gateway settings=file:$TEST_NGINX_REPOS/key.yml; }
--- must_die
--- error_log
a route has no such property



=== TEST 20: a wrong tree: value
--- http_config eval: $::HttpConfig
--- config
    include $TEST_NGINX_CONF/rtalpha_server.conf;
    location ~ . { rtalpha_gateway settings=file:$TEST_NGINX_REPOS/value.yml; }
--- must_die
--- error_log
not a value of this key



=== TEST 21: a wrong tree: auth
--- http_config eval: $::HttpConfig
--- config
    include $TEST_NGINX_CONF/rtalpha_server.conf;
    location ~ . { rtalpha_gateway settings=file:$TEST_NGINX_REPOS/auth.yml; }
--- must_die
--- error_log
there is no policy "auth" in this version



=== TEST 22: a wrong tree: limit
--- http_config eval: $::HttpConfig
--- config
    include $TEST_NGINX_CONF/rtalpha_server.conf;
    location ~ . { rtalpha_gateway settings=file:$TEST_NGINX_REPOS/limit.yml; }
--- must_die
--- error_log
there is no policy "limit" in this version



=== TEST 23: a wrong tree: policy
--- http_config eval: $::HttpConfig
--- config
    include $TEST_NGINX_CONF/rtalpha_server.conf;
    location ~ . { rtalpha_gateway settings=file:$TEST_NGINX_REPOS/policy.yml; }
--- must_die
--- error_log
there is no such policy



=== TEST 24: a wrong tree: filter
--- http_config eval: $::HttpConfig
--- config
    include $TEST_NGINX_CONF/rtalpha_server.conf;
    location ~ . { rtalpha_gateway settings=file:$TEST_NGINX_REPOS/filter.yml; }
--- must_die
--- error_log
no filter "Nonsense"



=== TEST 25: a wrong tree: regex
--- http_config eval: $::HttpConfig
--- config
    include $TEST_NGINX_CONF/rtalpha_server.conf;
    location ~ . { rtalpha_gateway settings=file:$TEST_NGINX_REPOS/regex.yml; }
--- must_die
--- error_log
the expression:



=== TEST 26: a wrong tree: any
--- http_config eval: $::HttpConfig
--- config
    include $TEST_NGINX_CONF/rtalpha_server.conf;
    location ~ . { rtalpha_gateway settings=file:$TEST_NGINX_REPOS/any.yml; }
--- must_die
--- error_log
a route needs predicates
