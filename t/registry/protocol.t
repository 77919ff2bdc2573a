use Test::Nginx::Rtalpha 'no_plan';

write_file("$ENV{TEST_NGINX_REPOS}/small.yml",
           "rtalpha.registry.max-body: 2KB\n");
write_file("$ENV{TEST_NGINX_REPOS}/wrong.yml",
           "eureka.server.renewal-percent-threshold: two\n");

write_file("$ENV{TEST_NGINX_REPOS}/mirror.yml",
           "rtalpha.registry.mirror: true\n");

run_tests();

__DATA__

=== TEST 1: an empty registry, XML by default
--- http_config
    rtalpha_state $TEST_NGINX_STATE;
--- config
    location /eureka/ { rtalpha_registry; }
--- request
GET /eureka/apps
--- response_headers
Content-Type: application/xml
--- response_body chomp
<applications>
  <versions__delta>1</versions__delta>
  <apps__hashcode></apps__hashcode>
</applications>



=== TEST 2: paths are relative to the location
--- http_config
    rtalpha_state $TEST_NGINX_STATE;
--- config
    location /reg/ { rtalpha_registry; }
--- request
GET /reg/eureka/v2/apps/
--- more_headers
Accept: application/json
--- response_headers
Content-Type: application/json
--- response_body chomp
{"applications":{"versions__delta":"1","apps__hashcode":"","application":[]}}



=== TEST 3: heartbeat of an unknown instance is 404 with an empty body
--- http_config
    rtalpha_state $TEST_NGINX_STATE;
--- config
    location /eureka/ { rtalpha_registry; }
--- request
PUT /eureka/apps/NOPE/nobody
--- error_code: 404
--- response_headers
Content-Length: 0
--- response_body



=== TEST 4: a missing address is told in plain text
--- http_config
    rtalpha_state $TEST_NGINX_STATE;
--- config
    location /eureka/ { rtalpha_registry; }
--- request
POST /eureka/apps/A
{"instance":{"instanceId":"i","hostName":"h","app":"A"}}
--- more_headers
Content-Type: application/json
Accept: application/json
--- error_code: 400
--- response_body chomp
Missing ip address



=== TEST 5: an array in place of metadata ends at once, with 400
--- http_config
    rtalpha_state $TEST_NGINX_STATE;
--- config
    location /eureka/ { rtalpha_registry; }
--- request
POST /eureka/apps/A
{"instance":{"app":"A","metadata":["a","b"]}}
--- more_headers
Content-Type: application/json
--- error_code: 400
--- response_body chomp
{"error": "cannot parse request body"}



=== TEST 6: so does an array in place of an instance
--- http_config
    rtalpha_state $TEST_NGINX_STATE;
--- config
    location /eureka/ { rtalpha_registry; }
--- request
POST /eureka/apps/A
{"instance":[]}
--- more_headers
Content-Type: application/json
--- error_code: 400
--- response_body chomp
{"error": "cannot parse request body"}



=== TEST 7: a wrong value refuses to start, with its key
--- http_config
    rtalpha_state $TEST_NGINX_STATE;
--- config
    location /eureka/ { rtalpha_registry settings=file:$TEST_NGINX_REPOS/wrong.yml; }
--- must_die
--- error_log
renewal-percent-threshold



=== TEST 8: one registry has one set of settings
--- http_config
    rtalpha_state $TEST_NGINX_STATE;
--- config
    location /eureka/ { rtalpha_registry; }
    location /other/ { rtalpha_registry settings=file:$TEST_NGINX_REPOS/small.yml; }
--- must_die
--- error_log
there is one registry in an nginx



=== TEST 9: a body over the limit
--- http_config
    rtalpha_state $TEST_NGINX_STATE;
--- config
    location /eureka/ { rtalpha_registry settings=file:$TEST_NGINX_REPOS/small.yml; }
--- request eval
"POST /eureka/apps/A\n" . "x" x 3000
--- more_headers
Content-Type: application/json
--- error_code: 413



=== TEST 10: the last changes, for people
--- http_config
    rtalpha_state $TEST_NGINX_STATE;
--- config
    location /reg/ { rtalpha_registry; }
--- request eval
["POST /reg/eureka/apps/A\n"
 . '{"instance":{"instanceId":"i<1","hostName":"h","app":"A","ipAddr":"::1",'
 . '"status":"UP","dataCenterInfo":{"name":"MyOwn",'
 . '"@class":"com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo"}}}',
 "GET /reg/lastn"]
--- more_headers
Content-Type: application/json
--- error_code eval
[204, 200]
--- response_body_like eval
['^$', '<tr><td>20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}<td>ADDED<td>A\(i&lt;1\)']



=== TEST 11: a mirror of nobody refuses to start
--- http_config
    rtalpha_state $TEST_NGINX_STATE;
--- config
    location /eureka/ { rtalpha_registry settings=file:$TEST_NGINX_REPOS/mirror.yml; }
--- must_die
--- error_log
mirror.yml:1: "rtalpha.registry.mirror" a mirror needs somebody to follow
