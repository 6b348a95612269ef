#!/usr/bin/env escript
%% SPDX-License-Identifier: GPL-2.0-only
%%
%% Erlang's megaco as judge of H.248 messages in text encoding.
%%
%% h248_megaco.escript present
%%	succeeds when there is a megaco
%% h248_megaco.escript take FROM TO
%%	copies to TO the files of FROM that megaco decodes, prints their number
%% h248_megaco.escript encode long|compact FROM TO
%%	decodes the files of FROM and writes those it can in its own words
%%	to TO, prints their number
%% h248_megaco.escript same ONE OTHER
%%	each file of ONE must decode to what its namesake in OTHER does
%%
%% The version of a message's header picks the parser.

main(["present"]) ->
    ok = application:load(megaco);
main(["take", From, To]) ->
    Taken = [Name || Name <- names(From), take(From, To, Name)],
    io:format("~b~n", [length(Taken)]);
main(["encode", Form, From, To]) ->
    Written = [Name || Name <- names(From),
		       encode(encoder(Form), From, To, Name)],
    io:format("~b~n", [length(Written)]);
main(["same", One, Other]) ->
    case [Name || Name <- names(One), not same(One, Other, Name)] of
	[] -> ok;
	_ -> halt(1)
    end.

names(Folder) ->
    {ok, Names} = file:list_dir(Folder),
    lists:sort(Names).

encoder("long") -> megaco_pretty_text_encoder;
encoder("compact") -> megaco_compact_text_encoder.

version({'MegacoMessage', _, {'Message', Version, _, _}}) -> Version.

%% megaco has one text parser, which takes both forms.
decode(Folder, Name) ->
    {ok, Octets} = file:read_file(filename:join(Folder, Name)),
    megaco_pretty_text_encoder:decode_message([], dynamic, Octets).

encode(Encoder, From, To, Name) ->
    {ok, Message} = decode(From, Name),
    case is_plain(Message) andalso
	Encoder:encode_message([], version(Message), Message) of
	{ok, Octets} ->
	    ok = file:write_file(filename:join(To, Name), Octets),
	    true;
	_ ->
	    false
    end.

%% Of authentication megaco writes nine digits where eight are due.
is_plain({'MegacoMessage', AuthHeader, _}) ->
    AuthHeader =:= asn1_NOVALUE.

take(From, To, Name) ->
    case decode(From, Name) of
	{ok, _} ->
	    {ok, _} = file:copy(filename:join(From, Name),
				filename:join(To, Name)),
	    true;
	{error, _} ->
	    false
    end.

same(One, Other, Name) ->
    case {decode(One, Name), decode(Other, Name)} of
	{{ok, Message}, {ok, Message}} ->
	    true;
	{A, B} ->
	    io:format("~s differs:~n~p~n~p~n", [Name, A, B]),
	    false
    end.
