#!/usr/bin/env bats
# plog-agent's http source: what a request says becomes of it, and what it is answered.
# also: asan

load helper/lib
load helper/agent
setup() {
	new_store
	needs curl
	needs_module httpd
}

http_conf() {
	{
		printf '%s\n' 'type = http' 'bind = 127.0.0.1' 'port = 0'
		cat
	} | source_conf h.conf
	start_agent h.conf a
	url=http://127.0.0.1:$(agent_port r)/
}

# post STATUS DATA [ARGUMENT...]: DATA is a printf format
post() {
	local want=$1 data=$2
	shift 2
	# shellcheck disable=SC2059
	printf "$data" >request
	assert_equal "$data $(curl -s --max-time 20 -o answer -w '%{http_code}' -H "Content-Type: ${TYPE:-application/json}" --data-binary @request "$@" "$url")" \
		"$data $want"
}

@test "JSONHandler: arrays of events, numbers and booleans as they are written, bodies of any character set of Unicode" {
	http_conf </dev/null
	post 200 '[{"headers":{"a":"1","b":"x y"},"body":"one"},{"body":"two"}]'
	post 200 '[{"headers":{"n":1.50,"t":true,"big":123456789012345678901234567890},"body":-0.0e5,"other":[{"x":null}]}]'
	post 200 '[{"headers":null,"body":null}]'
	post 200 '[]'
	post 200 ' [ { "body" : "gr\\u00fcn \\ud83d\\ude00 \\"\\n" } ] \n'
	post 200 '[{"body":"bad \377 byte"}]'
	TYPE='application/json; charset=utf-16' post 200 '\0[\0{\0"\0b\0o\0d\0y\0"\0:\0"\0\344\0"\0}\0]'
	stop_agent
	assert_equal "$STATUS" 0
	# the last one is UTF-16 with a mark, as Java writes it
	printf '{a=1, b=x y} one\n{} two\n{big=123456789012345678901234567890, t=true, n=1.50} -0.0e5\n{} \n{} gr\303\274n \360\237\230\200 "\n\n{} bad \357\277\275 byte\n{} \376\377\0\344\n' |
		cmp - <(received)
}

@test "JSONHandler: what is no such JSON is the client's fault, and nothing of it is stored" {
	http_conf </dev/null
	for bad in '{"body":"x"}' '[{"body":"x"}' '[{"body":{}}]' '[{"body":"x"}] tail' '[{"body":[1]}]' '[{"headers":[1]}]' '[1]' '[{"body":01}]' \
		'[{"headers":{"a":"1","a":"2"}}]' '[{"body":"x"},{"body":"\\ud800"}]' 'x' '[{,}]' '["a"]'; do
		post 400 "$bad"
	done
	deep=$(printf '[%.0s' {1..1000})
	post 400 "[{\"x\":$deep"
	post 500 ''
	post 500 '[null]'
	TYPE='text/plain; charset=iso-8859-1' post 500 '[]'
	assert_equal "$(curl -s -o answer -w '%{http_code}' "$url")" 500
	for m in PUT DELETE PATCH; do assert_equal "$m $(curl -s -o answer -w '%{http_code}' -X $m -d '[]' "$url")" "$m 405"; done
	for m in OPTIONS TRACE; do assert_equal "$m $(curl -s -o answer -w '%{http_code}' -X $m "$url")" "$m 403"; done
	post 200 '[{"body":"last"}]'
	got_line '{} last'
	assert_equal "$(received)" '{} last'
	assert_equal "$(grep -c 'Received bad request' agent.log)" 1
	stop_agent
}

@test "BLOBHandler: a request is an event, its parameters are headers" {
	http_conf <<-END
		handler = org.apache.flume.sink.solr.morphline.BlobHandler
		handler.mandatoryParameters = p1, p2
	END
	url+='some/path?p1=a%20b+c&p2=&p1=second'
	post 200 'any \377 bytes'
	url=${url%&p2*}
	post 500 'x'
	assert_equal "$(cat answer)" 'Please specify p2 parameter in the request.'
	stop_agent
	printf '{p1=a b c, p2=} any \377 bytes\n' | cmp - <(received)
}

@test "a full channel is 503, and the client sends it again; a request larger than it may be is 413" {
	CAPACITY=3 http_conf <<-END
		maxRequestSize = 1000
	END
	stop_agent
	sed -i '/sinks/d' h.conf
	start_agent h.conf a --lenient
	url=http://127.0.0.1:$(agent_port r)/
	post 503 '[{},{},{},{}]'
	post 200 '[{},{},{}]'
	post 503 '[{}]'
	grep -q . answer
	post 413 "[{\"body\":\"$(printf 'x%.0s' {1..1000})\"}]"
	stop_agent KILL
}

@test "connections beyond their number are closed, one that says nothing too; many clients at once lose nothing" {
	http_conf <<-END
		maxConnectionsPerAddress = 4
		idleTimeout = 1
	END
	exec {w}<>"/dev/tcp/127.0.0.1/$(agent_port r)"
	printf 'POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\n[' >&"$w"
	run ! read -rt 10 -u "$w" line
	exec {w}>&-
	for i in 1 2 3 4; do
		background bash -c 'for ((i = 0; i < 10; i++)); do
			until curl -sf -o /dev/null -d "[{\"body\":\"'$i' $i\"}]" "$0"; do :; done; done' "$url"
		pids+=" $bg"
	done
	# shellcheck disable=SC2086
	wait $pids
	wait_until 10 eval '[ "$(received | sort -u | wc -l)" = 40 ]'
	stop_agent
}

@test "TLS with a key store: PEM, PKCS12, JKS; a wrong password is said" {
	needs openssl
	needs_module tls
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost \
		-addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' 2>/dev/null
	openssl pkcs12 -export -in cert.pem -inkey key.pem -out store.p12 -passout pass:secret
	cat cert.pem key.pem >store.pem
	http_conf <<-END
		ssl = true
		keystore = store.p12
		keystore-password = secret
	END
	url=${url/http:/https:}
	post 200 '[{"body":"sealed"}]' --cacert cert.pem
	run ! curl -s --tls-max 1.1 --cacert cert.pem -d '[]' "$url"
	stop_agent
	http_conf <<-END
		enableSSL = true
		keystore = store.pem
	END
	url=${url/http:/https:}
	post 200 '[{"body":"sealed too"}]' --cacert cert.pem
	stop_agent
	cp "$PLOG_TOP/t/golden/key-store/agent.jks" .
	http_conf <<-END
		ssl = true
		keystore = agent.jks
		keystorePassword = changeit
	END
	url=${url/http:/https:}
	post 200 '[{"body":"sealed by Java"}]' --cacert "$PLOG_TOP/t/golden/key-store/agent.pem"
	stop_agent
	assert_equal "$(received | sort)" '{} sealed
{} sealed by Java
{} sealed too'
	source_conf h.conf <<-END
		type = http
		port = 0
		ssl = true
		keystore = store.p12
		keystore-password = wrong
	END
	background plog-agent -f h.conf -n a 2>agent.log
	AGENT_PID=$bg
	wait_until 10 grep -q 'Unable to start source r: no PEM, PKCS12 or JKS store that this password opens: .*store.p12' agent.log
	stop_agent
}
