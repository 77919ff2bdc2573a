use Test::Nginx::Rtalpha 'no_plan';

# The environment as JSON in both versions, files, labels, an origin that
# breaks, ETag and basic auth: what a client of a config server relies on.

our $Repos = $ENV{TEST_NGINX_REPOS};

git_repo('main',
    'application.yml' => <<'EOF',
greeting: hello
shared: {level: 1, list: [a, b]}
---
spring.config.activate.on-profile: dev
greeting: hello dev
EOF
    'shop.yml'            => "shop: base\nport: 8080\n",
    'shop-dev.yml'        => "shop: dev\n",
    'shop-dev.properties' => "shop=dev properties\ntext=\\u00e9 trailing \n",
    'logback.xml'         => "<level>\${shop}</level>\n",
    'nested/notes.txt'    => "as it is: \${nothing:default}\n");

git_repo('labels', 'application.yml' => "from: main\n");
system('git', '-C', "$Repos/labels", 'branch', 'release/1.0') == 0 or die;
git_commit('labels', 'application.yml' => "from: later\n");

git_repo('breaks', 'application.yml' => "kept: 1\n");

sub settings {
    my ($name, $repo, $more) = @_;

    write_file("$Repos/$name.yml", "spring.cloud.config.server.git:\n"
        . "  uri: file://$Repos/$repo\n  default-label: main\n" . ($more // ''));
    $ENV{'TEST_NGINX_' . uc $name} = "file:$Repos/$name.yml";
}

settings('whole', 'main');
settings('label', 'labels');
settings('broken', 'breaks');
settings('auth', 'main', "spring.security.user: {name: u, password: p}\n");
settings('wrong', 'main', "  timeout: soon\n");

# one for all blocks: a reload does not change it
$ENV{TEST_NGINX_FOLDER} = "$Repos/state";

our $HttpConfig = <<'EOF';
    rtalpha_zone  16m;
    rtalpha_state $TEST_NGINX_FOLDER;
EOF

our $Config = <<'EOF';
    location ~ . { rtalpha_config_server settings=$TEST_NGINX_WHOLE; }
EOF

# the last ones take up what those before have left on disk
no_shuffle();
no_long_string();
run_tests();

__DATA__

=== TEST 1: an environment: names, order, values
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request
GET /shop/default
--- response_headers
Content-Type: application/json
--- response_body_like eval
qr!^\{"name":"shop","profiles":\["default"\],"label":null,"version":"[0-9a-f]{40}","state":"","propertySources":\[\{"name":"file://\Q$::Repos\E/main/shop\.yml","source":\{"shop":"base","port":8080\}\},\{"name":"file://\Q$::Repos\E/main/[^"]*application\.yml[^"]*","source":\{"greeting":"hello","shared\.level":1,"shared\.list\[0\]":"a","shared\.list\[1\]":"b"\}\}\]\}$!



=== TEST 2: a profile: its files first, properties before YAML, its documents
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request
GET /shop/dev
--- response_body_like eval
qr!"profiles":\["dev"\].*/shop-dev\.properties","source":\{"shop":"dev properties","text":"\xc3\xa9 trailing "\}.*/shop-dev\.yml","source":\{"shop":"dev"\}.*/shop\.yml".*"greeting":"hello dev".*"greeting":"hello"!



=== TEST 3: the second version tells where each value comes from
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request
GET /shop/default
--- more_headers
Accept: application/vnd.spring-cloud.config-server.v2+json
--- response_headers
Content-Type: application/vnd.spring-cloud.config-server.v2+json
--- response_body_like eval
qr!"source":\{"shop":\{"value":"base","origin":"1:7"\},"port":\{"value":8080,"origin":"2:7"\}\}!



=== TEST 4: an unknown application has what is for all
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request
GET /nobody/default
--- response_body_like eval
qr!"name":"nobody".*"propertySources":\[\{"name":"[^"]*application\.yml!
--- response_body_unlike: shop



=== TEST 5: an unknown label is 404
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request
GET /shop/default/nowhere
--- error_code: 404
--- response_body_like: "status":404.*"reason":"no-such-label"



=== TEST 6: the merged environment as YAML, JSON and properties
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request eval
["GET /shop-default.yml", "GET /shop-default.json",
 "GET /main/shop-default.properties"]
--- response_body eval
["greeting: hello\nshared:\n  level: 1\n  list:\n  - a\n  - b\nshop: base\nport: 8080\n",
 '{"greeting":"hello","shared":{"level":1,"list":["a","b"]},"shop":"base","port":8080}',
 "greeting: hello\nshared.level: 1\nshop: base\nport: 8080\nshared.list[0]: a\nshared.list[1]: b"]



=== TEST 7: a file with its placeholders resolved
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request eval
["GET /shop/dev/main/logback.xml", "GET /shop/default/main/nested/notes.txt"]
--- response_body eval
["<level>dev properties</level>\n", "as it is: default\n"]



=== TEST 8: a file as it is
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request
GET /shop/dev/main/logback.xml
--- more_headers
Accept: application/octet-stream
--- response_headers
Content-Type: application/octet-stream
--- response_body
<level>${shop}</level>



=== TEST 9: a file that is not there is 404 without a body
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request
GET /shop/dev/main/none.txt
--- error_code: 404
--- response_headers
Content-Length: 0
--- response_body



=== TEST 10: nothing outside the repository is served
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request eval
["GET /shop/dev/main/..(_)whole.yml",
 "GET /shop/dev/main/%252e%252e/whole.yml",
 "GET /shop/dev/main/.git/config"]
--- error_code eval
[400, 400, 404]
--- response_body_unlike eval
["uri:", "uri:", "core"]



=== TEST 11: branches are labels, (_) is a slash in them
--- http_config eval: $::HttpConfig
--- config
    location ~ . { rtalpha_config_server settings=$TEST_NGINX_LABEL; }
--- request eval
["GET /a/default", "GET /a/default/main", "GET /a/default/release(_)1.0"]
--- response_body_like eval
['"label":null.*"from":"later"', '"label":"main".*"from":"later"',
 '"label":"release/1.0".*"from":"main"']



=== TEST 12: an answer has a tag, and is 304 for who has it
--- http_config eval: $::HttpConfig
--- config
    location ~ ^/shop { rtalpha_config_server settings=$TEST_NGINX_WHOLE; }
    location = /tag {
        internal;
        proxy_pass http://127.0.0.1:$TEST_NGINX_SERVER_PORT/shop/default;
    }
    location = /again {
        auth_request     /tag;
        auth_request_set $tag $upstream_http_etag;
        proxy_pass       http://127.0.0.1:$TEST_NGINX_SERVER_PORT/shop/default;
        proxy_set_header If-None-Match $tag;
        add_header       X-Tag $tag;
    }
--- request
GET /again
--- error_code: 304
--- response_headers_like
X-Tag: "[^"]+"
--- response_body



=== TEST 13: another tag is answered in full
--- http_config eval: $::HttpConfig
--- config eval: $::Config
--- request
GET /shop/default
--- more_headers
If-None-Match: "other"
--- response_body_like: "shop":"base"



=== TEST 14: without the password there is nothing
--- http_config eval: $::HttpConfig
--- config
    location ~ . { rtalpha_config_server settings=$TEST_NGINX_AUTH; }
--- request
GET /shop/default
--- error_code: 401
--- response_headers_like
WWW-Authenticate: Basic realm=.*
--- response_body_unlike: shop



=== TEST 15: with the password there is
--- http_config eval: $::HttpConfig
--- config
    location ~ . { rtalpha_config_server settings=$TEST_NGINX_AUTH; }
--- request
GET /shop/default
--- more_headers
Authorization: Basic dTpw
--- response_body_like: "shop":"base"



=== TEST 16: an origin before it breaks
--- http_config eval: $::HttpConfig
--- config
    location ~ . { rtalpha_config_server settings=$TEST_NGINX_BROKEN; }
--- request
GET /any/default
--- response_body_like: "kept":1



=== TEST 17: the origin is gone: the last good commit, and how old it is
--- prepare
rename "$::Repos/breaks", "$::Repos/gone" or die;
--- http_config eval: $::HttpConfig
--- config
    location ~ . { rtalpha_config_server settings=$TEST_NGINX_BROKEN; }
--- request
GET /any/default
--- response_body_like: "kept":1



=== TEST 18: a value of the wrong kind is an error of the configuration
--- http_config eval: $::HttpConfig
--- config
    location ~ . { rtalpha_config_server settings=$TEST_NGINX_WRONG; }
--- must_die
--- error_log
spring.cloud.config.server.git.timeout



=== TEST 19: below another path; only GET and HEAD
--- http_config eval: $::HttpConfig
--- config
    location /conf/ { rtalpha_config_server settings=$TEST_NGINX_WHOLE; }
--- request eval
["HEAD /conf/shop/default", "DELETE /conf/shop/default",
 "GET /conf/shop-default.json"]
--- error_code eval
[200, 405, 200]
--- response_body_like eval
["^\$", "405", '"shop":"base"']



=== TEST 20: a server whose settings would come from itself is refused
--- http_config eval: $::HttpConfig
--- config
    location ~ . { rtalpha_config_server settings=config:any; }
--- must_die
--- error_log
cannot have its settings from itself: "config:any"



=== TEST 21: so is a source that nobody here serves
--- http_config eval: $::HttpConfig
--- config
    location /named/ {
        rtalpha_config_server name=other settings=$TEST_NGINX_WHOLE;
    }
    location /registry/ { rtalpha_registry settings=config:registry; }
--- must_die
--- error_log
"settings=config:registry" needs a "rtalpha_config_server" without a name



=== TEST 22: a local repository that is not there, or may not be read
--- http_config eval: $::HttpConfig
--- config
    location ~ . {
        rtalpha_config_server;
        rtalpha_config_git_uri /nonexistent/repository;
    }
--- request
GET /any/default
--- error_code: 503
--- response_body_like: does not exist, or the workers' user may not read it"
