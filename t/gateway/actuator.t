use Test::Nginx::Rtalpha 'no_plan';

use Cwd ();

our $Settings = $ENV{TEST_NGINX_SETTINGS} = "$ENV{TEST_NGINX_REPOS}/act.yml";
$ENV{TEST_NGINX_CONF} = Cwd::abs_path("$INC{'Test/Nginx/Rtalpha.pm'}"
                                     . '/../../../../../conf');

write_file($Settings, <<'EOF');
zuul:
  prefix: /api
  routes:
    pms: /pms/**
    ums: {path: /users/**, url: "http://127.0.0.1:9/base", sensitive-headers: "", strip-prefix: false}
pms.ribbon.listOfServers: 127.0.0.1:9
spring.cloud.gateway.routes:
- id: one
  uri: lb://pms
  order: 7
  predicates: ["Path=/one/**", "Method=GET,POST", "Host=**.example.org"]
  filters: ["AddRequestHeader=X-A, b", "StripPrefix=1", "AddResponseHeader=X-B, c"]
EOF

our $HttpConfig = <<'EOF';
    rtalpha_zone 16m;
    rtalpha_state $TEST_NGINX_STATE;
    include $TEST_NGINX_CONF/rtalpha_http.conf;
EOF

our $Config = <<'EOF';
    include $TEST_NGINX_CONF/rtalpha_server.conf;
    location ~ . { rtalpha_gateway settings=file:$TEST_NGINX_SETTINGS; }
    location ^~ /actuator { rtalpha_actuator; }
EOF

no_long_string();
run_tests();

__DATA__

=== TEST 1: routes of Zuul
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request eval
["GET /actuator/routes", "POST /actuator/routes\n"]
--- response_headers eval
["Content-Type: application/json", "Content-Type: application/json"]
--- response_body_like eval
['^\{"/api/pms/\*\*":"pms","/api/users/\*\*":"http://127.0.0.1:9/base"\}$',
 '^\{"/api/pms']



=== TEST 2: their details
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request
GET /actuator/routes/details
--- response_body chomp
{"/api/pms/**":{"id":"pms","fullPath":"/api/pms/**","location":"pms","path":"/**","prefix":"/api/pms","retryable":false,"customSensitiveHeaders":false,"prefixStripped":true},"/api/users/**":{"id":"ums","fullPath":"/api/users/**","location":"http://127.0.0.1:9/base","path":"/users/**","prefix":"/api","retryable":false,"customSensitiveHeaders":true,"prefixStripped":false}}



=== TEST 3: routes of Spring Cloud Gateway
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request eval
["GET /actuator/gateway/routes", "GET /actuator/gateway/routes/one"]
--- response_body_like eval
my $one = '\{"predicate":"\(\(Paths: \[/one/\*\*\], match trailing slash: true && Methods: \[GET, POST\]\) && Hosts: \[\*\*.example.org\]\)","route_id":"one","filters":\["\[\[AddRequestHeader X-A = \'b\'\], order = 1\]","\[\[StripPrefix\], order = 2\]","\[\[AddResponseHeader X-B = \'c\'\], order = 3\]"\],"uri":"lb://pms","order":7\}';
["^\\[$one\\]\$", "^$one\$"]



=== TEST 4: filters of one route, and definitions
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request eval
["GET /actuator/gateway/routes/one/combinedfilters", "GET /actuator/gateway/routedefinitions",
 "GET /actuator/gateway/globalfilters", "GET /actuator/gateway/routefilters",
 "GET /actuator/gateway/routepredicates"]
--- response_body_like eval
['^\{"\[AddRequestHeader X-A = \'b\'\]":1,', '^\[\{"id":"one","predicates":\[\{"name":"Path"',
 '"NettyRoutingFilter":2147483647', '"AddRequestHeader":null', '"Path":null']



=== TEST 5: a refresh is no error, writing is not here
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request eval
["POST /actuator/gateway/refresh\n", "GET /actuator/gateway/refresh",
 "POST /actuator/gateway/routes/new\n{}", "DELETE /actuator/gateway/routes/one",
 "GET /actuator/gateway/routes/none", "GET /actuator/nothing", "GET /actuator"]
--- error_code eval
[200, 405, 405, 405, 404, 404, 200]
