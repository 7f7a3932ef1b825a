#!/usr/bin/env bats
# plog-agent's http sink: a POST for each event, and what its status says.
# also: asan

load helper/lib
load helper/agent

setup() {
	new_store
	needs python3
	mkfifo port
	background sh -c "exec '$PLOG_TOP/t/helper/posts.py' posts >port"
	server=$bg
	read -r port <port
}

http_conf() { sink_conf http "endpoint = http://127.0.0.1:$port/in?x=1" "$@"; } # [LINE...]

@test "each event is posted, with the headers that are configured; 200 commits" {
	http_conf contentTypeHeader=application/json acceptHeader=text/html defaultRollback=false defaultBackoff=false >a.conf
	run -0 plog-agent -f a.conf -n a1 --check
	start_agent a.conf a1
	type_lines "$(agent_port r1)" 3 '{"a":1}\ntwo\nthree\n'
	wait_until 10 has_lines posts 3
	stop_agent
	assert_equal "$STATUS" 0
	printf '200 application/json text/html %s\n' '{"a":1}' two three | diff - posts
}

@test "a status that gives back: sent again after a back-off; the exact one before its class; a broken connection too" {
	http_conf defaultRollback=true defaultBackoff=true rollback.2XX=false backoff.2XX=false rollback.404=false backoff.404=false \
		backoff.503=false rollback.4XX=true >a.conf
	printf '503\n503\ndrop\n404\n202\n400\n' >posts.status
	start_agent a.conf a1
	type_lines "$(agent_port r1)" 2 'one\ntwo\nthree\n'
	wait_until 20 has_lines posts 7
	stop_agent
	assert_equal "$STATUS" 0
	cut -d' ' -f 1,4 posts >got
	printf '%s\n' '503 one' '503 one' 'drop one' '404 one' '202 two' '400 three' '200 three' | diff - got
	grep -q 'Got status code 503 from HTTP server. Rolled back event\.' agent.log
	grep -q 'Got status code 400 from HTTP server. Rolled back event and backed off\.' agent.log
}

@test "an empty event is taken out and not sent; a server that is not there is waited for" {
	http_conf rollback.200=false backoff.200=false connectTimeout=500 >a.conf
	start_agent a.conf a1
	type_lines "$(agent_port r1)" 2 '\nx\n'
	wait_until 10 has_lines posts 1
	assert_equal "$(cat posts)" '200 text/plain text/plain x'
	grep -q 'Processed empty event' agent.log
	stop "$server" KILL
	type_lines "$(agent_port r1)" 1 'y\n'
	wait_until 10 grep -q 'Error sending HTTP request, retrying' agent.log
	sed "s/(\"127.0.0.1\", 0), H/(\"127.0.0.1\", $port), H/" "$PLOG_TOP/t/helper/posts.py" >same.py
	background python3 same.py posts >/dev/null
	wait_until 20 has_lines posts 2
	stop_agent
	assert_equal "$STATUS" 0
}

@test "--check: no endpoint, an address that is none, a status that is none, and Flume's defaults, which send for ever" {
	http_conf backoff.5=true 'contentTypeHeader=a\u000ab' | sed 's,http://127,ftp://127,' >a.conf
	run -1 plog-agent -f a.conf -n a1 --check
	assert_output --partial 'does not begin with http://'
	assert_output --partial "'backoff.5'"
	assert_output --partial 'a control character'
	http_conf >b.conf
	run -1 plog-agent -f b.conf -n a1 --check
	assert_output --partial 'rollback.200 = false'
}
