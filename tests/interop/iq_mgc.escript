#!/usr/bin/env escript
%% SPDX-License-Identifier: GPL-2.0-only
%%
%% Erlang's megaco application as the media gateway controller of Iq.
%%
%% iq_mgc.escript compact|pretty ADDRESS PORT SOCKET
%%
%% Takes the gateway's registration on UDP and answers whatever it asks.
%% Whoever connects to the Unix socket SOCKET and sends actions, as text
%% ("Context = 1 { Subtract = * }"), has megaco carry out a transaction with
%% them and gets its answer: a message in short words, SDP lines ended by LF.
%% What the gateway wants by itself is printed, one line each.

-mode(compile).
-export([handle_connect/2, handle_connect/3, handle_disconnect/3,
	 handle_syntax_error/3, handle_syntax_error/4, handle_message_error/3,
	 handle_message_error/4, handle_trans_request/3,
	 handle_trans_request/4, handle_trans_long_request/3,
	 handle_trans_reply/4, handle_trans_reply/5, handle_trans_ack/4,
	 handle_trans_ack/5, handle_unexpected_trans/3,
	 handle_unexpected_trans/4, handle_trans_request_abort/4,
	 handle_trans_request_abort/5]).

main([Form, Text, Port, Socket]) ->
    %% megaco_udp cannot answer IPv6.
    {ok, Address} = inet:parse_ipv4_address(Text),
    ok = application:start(megaco),
    Mid = {ip4Address, {'IP4Address', tuple_to_list(Address),
			list_to_integer(Port)}},
    ok = megaco:start_user(Mid,
			   [{user_mod, ?MODULE},
			    {request_timer, {megaco_incr_timer, 500, 2, 0, 5}},
			    {long_request_timer, 10000},
			    {pending_timer, 10000},
			    {reply_timer, 10000},
			    {auto_ack, true}]),
    Handle = handle(megaco:user_info(Mid, receive_handle), encoder(Form)),
    {ok, Transport} = megaco_udp:start_transport(),
    {ok, _, _} = megaco_udp:open(Transport,
				 [{port, list_to_integer(Port)},
				  {receive_handle, Handle},
				  {module, megaco}]),
    {ok, Listener} = gen_tcp:listen(0, [{ifaddr, {local, Socket}}, binary,
					{active, false},
					{exit_on_close, false}]),
    say("listening", ""),
    serve(Mid, Listener).

encoder("compact") -> megaco_compact_text_encoder;
encoder("pretty") -> megaco_pretty_text_encoder.

%% #megaco_receive_handle{}: local_mid, encoding_mod, encoding_config,
%% send_mod, protocol_version
handle(Handle, Encoder) ->
    setelement(5, setelement(4, setelement(3, Handle, Encoder), []),
	       megaco_udp).

%% -- orders ---------------------------------------------------------------

serve(Mid, Listener) ->
    {ok, Client} = gen_tcp:accept(Listener),
    Pid = spawn(fun() -> receive go -> carry_out(Mid, Client) end end),
    ok = gen_tcp:controlling_process(Client, Pid),
    Pid ! go,
    serve(Mid, Listener).

carry_out(Mid, Client) ->
    Answer = case megaco:user_info(Mid, connections) of
		 [Connection | _] -> order(Connection, read_all(Client, <<>>));
		 [] -> "no gateway is registered"
	     end,
    gen_tcp:send(Client, [Answer, "\n"]),
    gen_tcp:close(Client).

read_all(Client, Have) ->
    case gen_tcp:recv(Client, 0, 5000) of
	{ok, More} -> read_all(Client, <<Have/binary, More/binary>>);
	{error, closed} -> Have
    end.

order(Connection, Text) ->
    case decode([<<"!/2 mgc T=1{">>, Text, <<"}">>]) of
	{ok, Actions} -> answer(megaco:call(Connection, Actions, []));
	{error, Why} -> io_lib:format("cannot send: ~0p", [Why])
    end.

decode(Text) ->
    case megaco_pretty_text_encoder:decode_message([], 2,
						   iolist_to_binary(Text)) of
	{ok, {'MegacoMessage', _, {'Message', _, _, {transactions, [{_,
	      {'TransactionRequest', _, Actions}}]}}}} -> {ok, Actions};
	{error, Why} -> {error, Why}
    end.

answer({_, {ok, Replies}}) ->
    encode(2, {transactionReply, {'TransactionReply', 1, asn1_NOVALUE,
				  {actionReplies, Replies}}});
answer({_, {error, {'ErrorDescriptor', _, _} = Error}}) ->
    encode(2, {transactionReply, {'TransactionReply', 1, asn1_NOVALUE,
				  {transactionError, Error}}});
answer({_, {error, Why}}) ->
    io_lib:format("no answer: ~0p", [Why]).

encode(Version, Transaction) ->
    Message = {'MegacoMessage', asn1_NOVALUE,
	       {'Message', Version, {deviceName, "mgc"},
		{transactions, [Transaction]}}},
    {ok, Text} = megaco_compact_text_encoder:encode_message([], Version,
							    Message),
    binary:replace(Text, <<"\r">>, <<>>, [global]).

%% -- what the gateway wants -------------------------------------------------

say(What, Text) ->
    Line = binary:replace(iolist_to_binary(Text), <<"\n">>, <<" ">>, [global]),
    io:format("~s ~s~n", [What, Line]).

handle_trans_request(Connection, Version, Actions) ->
    say("request", encode(Version, {transactionRequest,
				    {'TransactionRequest', 1, Actions}})),
    Replies = [reply(Connection, Version, Action) || Action <- Actions],
    {discard_ack, Replies}.

reply(Connection, _, {'ActionRequest', Context, _, _, Commands}) ->
    {'ActionReply', Context, asn1_NOVALUE, asn1_NOVALUE,
     [obey(Connection, Command) || {'CommandRequest', Command, _, _} <- Commands]}.

obey(Connection, {serviceChangeReq, {'ServiceChangeRequest', Names, Change}}) ->
    %% #'ServiceChangeParm'{}: the version offered is the one we speak.
    Version = element(4, Change),
    Version =:= 2 andalso
	megaco:update_conn_info(Connection, protocol_version, 2),
    Agreed = {'ServiceChangeResParm', asn1_NOVALUE, asn1_NOVALUE, Version,
	      asn1_NOVALUE, asn1_NOVALUE},
    {serviceChangeReply, {'ServiceChangeReply', Names,
			  {serviceChangeResParms, Agreed}}};
obey(_, {notifyReq, {'NotifyRequest', Names, _, _}}) ->
    {notifyReply, {'NotifyReply', Names, asn1_NOVALUE}}.

handle_connect(Connection, Version) ->
    say("connected", io_lib:format("version ~b ~0p", [Version, Connection])),
    ok.

handle_disconnect(_, _, Why) ->
    say("disconnected", io_lib:format("~0p", [Why])),
    ok.

%% None of these may happen: tests look for "trouble".
trouble(What) ->
    say("trouble", io_lib:format("~0p", [What])).

handle_syntax_error(_, _, Error) ->
    trouble({syntax, Error}),
    reply.

handle_message_error(_, _, Error) ->
    trouble({message, Error}),
    no_reply.

handle_trans_long_request(Connection, Version, Actions) ->
    handle_trans_request(Connection, Version, Actions).

handle_trans_reply(_, _, Reply, _) ->
    trouble({late_reply, Reply}),
    ok.

handle_trans_ack(_, _, _, _) ->
    ok.

handle_unexpected_trans(_, _, Transaction) ->
    trouble({unexpected, Transaction}),
    ok.

handle_trans_request_abort(_, _, _, _) ->
    trouble(abort),
    ok.

%% The same with what the transport says of the network.
handle_connect(C, V, _) -> handle_connect(C, V).
handle_syntax_error(R, V, E, _) -> handle_syntax_error(R, V, E).
handle_message_error(C, V, E, _) -> handle_message_error(C, V, E).
handle_trans_request(C, V, A, _) -> handle_trans_request(C, V, A).
handle_trans_reply(C, V, R, D, _) -> handle_trans_reply(C, V, R, D).
handle_trans_ack(C, V, S, D, _) -> handle_trans_ack(C, V, S, D).
handle_unexpected_trans(C, V, T, _) -> handle_unexpected_trans(C, V, T).
handle_trans_request_abort(C, V, T, P, _) ->
    handle_trans_request_abort(C, V, T, P).
