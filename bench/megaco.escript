#!/usr/bin/env escript
%% SPDX-License-Identifier: GPL-2.0-only
%%
%% What Erlang's megaco takes for the messages of one call of the gateway.
%%
%% megaco.escript FOLDER
%%	prints two numbers of ns: to decode and encode a message of FOLDER,
%%	on average; and to decode the requests and encode the replies of it,
%%	which is a gateway's part of the call. Of several rounds the best one
%%	counts, with whichever of megaco's scanners is faster.

-mode(compile).

-define(CODEC, megaco_compact_text_encoder).
-define(ROUNDS, 5).
-define(TURNS, 400).

main([Folder]) ->
    Requests = read(Folder, "*-request"),
    Replies = read(Folder, "*-reply"),
    Results = [measure(Config, Requests, Replies) || Config <- configs()],
    Both = lists:min([B || {B, _} <- Results]),
    Call = lists:min([C || {_, C} <- Results]),
    io:format("~.1f ~.1f~n", [Both / length(Requests ++ Replies), Call]).

read(Folder, Pattern) ->
    [_ | _] = Names = filelib:wildcard(filename:join(Folder, Pattern)),
    [element(2, {ok, _} = file:read_file(Name)) || Name <- Names].

%% The scanner in Erlang, and the one in C where its driver loads.
configs() ->
    case catch megaco_flex_scanner_handler:start_link() of
	{ok, _, Flex} -> [[], [Flex]];
	_ -> [[]]
    end.

measure(Config, Requests, Replies) ->
    Decode = fun(Octets) ->
		     {ok, Message} =
			 ?CODEC:decode_message(Config, dynamic, Octets),
		     Message
	     end,
    Encode = fun(Message) -> {ok, _} = ?CODEC:encode_message([], 2, Message)
	     end,
    Written = [Decode(Octets) || Octets <- Replies],
    {best(fun() -> [Encode(Decode(O)) || O <- Requests ++ Replies] end),
     best(fun() -> [Decode(O) || O <- Requests],
		   [Encode(M) || M <- Written] end)}.

%% ns of one turn.
best(Turn) ->
    lists:min([element(1, timer:tc(fun() -> turns(Turn, ?TURNS) end)) ||
		  _ <- lists:seq(1, ?ROUNDS)]) * 1000 / ?TURNS.

turns(_, 0) -> ok;
turns(Turn, N) -> Turn(), turns(Turn, N - 1).
