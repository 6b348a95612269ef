#!/usr/bin/env escript
%% SPDX-License-Identifier: GPL-2.0-only
%%
%% Erlang's megaco_udp and megaco_tcp as the other end of a transport.
%%
%% iq_transport.escript present
%%	succeeds when there is a megaco
%% iq_transport.escript echo udp|tcp ADDRESS PORT
%%	answers each message with the same, for ever
%% iq_transport.escript call udp|tcp ADDRESS PORT COUNT SIZE
%%	sends messages there and wants them back, in order

-mode(compile).
-export([process_received_message/4]).

main(["present"]) ->
    ok = application:load(megaco);
main(["echo", Protocol, Address, Port]) ->
    ok = listen(Protocol, address(Address), list_to_integer(Port)),
    io:format("listening~n"),
    receive never -> ok end;
main(["call", Protocol, Address, Port, Count, Size]) ->
    Handle = connect(Protocol, address(Address), list_to_integer(Port)),
    [exchange(module(Protocol), Handle, N, list_to_integer(Size)) ||
	N <- lists:seq(1, list_to_integer(Count))],
    io:format("~s messages~n", [Count]).

address(Text) ->
    {ok, Address} = inet:parse_address(Text),
    Address.

module("udp") -> megaco_udp;
module("tcp") -> megaco_tcp.

%% What both make of a message: the receive handle says whose it is.
process_received_message({echo, Module}, _Control, Handle, Message) ->
    ok = Module:send_message(Handle, Message);
process_received_message(Caller, _Control, _Handle, Message) ->
    Caller ! {message, Message},
    ok.

options(Receive, Port) ->
    [{port, Port}, {receive_handle, Receive}, {module, ?MODULE},
     {serialize, true}].

large() ->
    [{recbuf, 1 bsl 20}, {buffer, 1 bsl 17}, {sndbuf, 1 bsl 20}].

listen("udp", Address, Port) ->
    {ok, Transport} = megaco_udp:start_transport(),
    {ok, _, _} = megaco_udp:open(
		   Transport,
		   [{udp_options, [{ip, Address} | large()]} |
		    options({echo, megaco_udp}, Port)]),
    ok;
listen("tcp", Address, Port) ->
    {ok, Transport} = megaco_tcp:start_transport(),
    ok = megaco_tcp:listen(Transport,
			   [{tcp_options, [{ip, Address}]} |
			    options({echo, megaco_tcp}, Port)]).

connect("udp", Address, Port) ->
    {ok, Transport} = megaco_udp:start_transport(),
    {ok, Socket, _} = megaco_udp:open(Transport,
				      [{udp_options, large()} |
				       options(self(), 0)]),
    megaco_udp:create_send_handle(Socket, Address, Port);
connect("tcp", Address, Port) ->
    {ok, Transport} = megaco_tcp:start_transport(),
    {ok, Socket, _} = megaco_tcp:connect(Transport, [{host, Address} |
						     options(self(), Port)]),
    Socket.

exchange(Module, Handle, Number, Size) ->
    Message = binary:copy(<<(32 + Number rem 90)>>, Size),
    ok = Module:send_message(Handle, Message),
    receive
	{message, Message} -> ok
    after 10000 ->
	    io:format("message ~b does not come back~n", [Number]),
	    halt(1)
    end.
