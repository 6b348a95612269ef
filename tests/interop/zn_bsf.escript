#!/usr/bin/env escript
%% -*- erlang -*-
%%! -noshell +S 1:1 +A 1
%% SPDX-License-Identifier: GPL-2.0-only
%%
%% The other end of Zn, to judge the client of userspace/kms:
%%
%%   present                  is there what is needed?
%%   bsf PORT [CA CERT KEY]   a BSF, by Erlang's Diameter; with files over TLS.
%%                            Prints "ready", and "asked B-TID" for every
%%                            request.
%%   hostile PORT             one that answers with octets of its own making
%%   key BTID [KMS]           its NAF-Key there, or at kms.a.example
%%
%% The BSF knows everybody whose B-TID is base64(RAND)@bsf.home.example. Ks is
%% SHA-256 of RAND. A RAND that is a name and zeros is that user's. What the
%% B-TIDs of others begin with says how they are
%% answered: "denied" 5402, "busy" 3004, "slow" after two seconds, "never";
%% all else 5403.

-mode(compile).
-export([peer_up/3, peer_down/3, handle_request/3]).

-define(APP, 16777220).
-define(V3GPP, 10415).
-define(IMPI, <<"alice_private@home.example">>).
-define(EXPIRES, 4000000000).

%% TS 29.109 6.1 and 6.3.
dictionary() ->
    "@id 16777220\n"
    "@name zn_dict\n"
    "@vendor 10415 TGPP\n"
    "@inherits diameter_gen_base_rfc6733\n"
    "@avp_types\n"
    " GBA-UserSecSettings 400 OctetString MV\n"
    " Transaction-Identifier 401 OctetString MV\n"
    " NAF-Id 402 OctetString MV\n"
    " GAA-Service-Identifier 403 OctetString MV\n"
    " Key-ExpiryTime 404 Time MV\n"
    " ME-Key-Material 405 OctetString MV\n"
    " BootstrapInfoCreationTime 408 Time MV\n"
    "@messages\n"
    " BIR ::= < Diameter Header: 310, REQ, PXY >\n"
    "  < Session-Id > { Vendor-Specific-Application-Id }\n"
    "  { Origin-Host } { Origin-Realm } { Destination-Realm }\n"
    "  { Transaction-Identifier } { NAF-Id }\n"
    "  [ Destination-Host ] * [ GAA-Service-Identifier ] * [ AVP ]\n"
    " BIA ::= < Diameter Header: 310, PXY >\n"
    "  < Session-Id > { Vendor-Specific-Application-Id }\n"
    "  { Origin-Host } { Origin-Realm }\n"
    "  [ Result-Code ] [ Experimental-Result ] [ User-Name ]\n"
    "  [ ME-Key-Material ] [ Key-ExpiryTime ]\n"
    "  [ BootstrapInfoCreationTime ] [ GBA-UserSecSettings ] * [ AVP ]\n".

main(["present"]) ->
    {module, diameter} = code:ensure_loaded(diameter),
    {module, crypto} = code:ensure_loaded(crypto);
main(["bsf", Port | Files]) ->
    {ok, [Forms]} = diameter_make:codec(dictionary(), [return, forms]),
    {ok, zn_dict, Bin} = compile:forms(Forms, [return_errors]),
    {module, zn_dict} = code:load_binary(zn_dict, "zn_dict", Bin),
    {ok, _} = application:ensure_all_started(ssl),
    {ok, _} = application:ensure_all_started(diameter),
    ok = diameter:start_service(zn,
        [{'Origin-Host', "bsf.home.example"}, {'Origin-Realm', "home.example"},
         {'Vendor-Id', ?V3GPP}, {'Product-Name', "zn_bsf"},
         {'Supported-Vendor-Id', [?V3GPP]},
         {'Vendor-Specific-Application-Id', [application()]},
         {decode_format, map}, {string_decode, false},
         {application, [{alias, zn}, {dictionary, zn_dict},
                        {module, ?MODULE}]}]),
    {ok, _} = diameter:add_transport(zn, {listen,
        [{transport_module, diameter_tcp},
         %% Else it answers nothing for a while after a loss (RFC 3539).
         {watchdog_config, [{okay, 0}]},
         {transport_config, [{reuseaddr, true}, {ip, {0,0,0,0}},
                             {port, list_to_integer(Port)}
                             | tls(Files)]}]}),
    io:format("ready~n"),
    timer:sleep(infinity);
main(["hostile", Port]) ->
    {ok, Listen} = gen_tcp:listen(list_to_integer(Port),
        [binary, {active, false}, {reuseaddr, true}, {ip, {127,0,0,1}}]),
    io:format("ready~n"),
    accept(Listen);
main(["key", Btid]) -> main(["key", Btid, "kms.a.example"]);
main(["key", Btid, Kms]) ->
    {ok, Rand} = rand_of(list_to_binary(Btid)),
    io:format("~s~n", [hex(naf_key(Rand, naf_id(Kms)))]).

%% TLS from the first octet, RFC 6733 13.1.
tls([]) -> [];
tls([Ca, Cert, Key]) ->
    [{ssl_options, true}, {cacertfile, Ca}, {certfile, Cert}, {keyfile, Key},
     {verify, verify_peer}, {fail_if_no_peer_cert, true}].

application() -> [{'Vendor-Id', ?V3GPP}, {'Auth-Application-Id', [?APP]}].

%% -- what diameter calls

peer_up(_, _, S) -> S.
peer_down(_, _, S) -> S.

handle_request(Pkt, _, {_, Caps}) ->
    [_ | M] = element(4, Pkt),
    {Host, _} = element(2, Caps),
    {Realm, _} = element(3, Caps),
    #{'Session-Id' := Session, 'Transaction-Identifier' := Btid,
      'NAF-Id' := Naf} = M,
    io:format("asked ~s~n", [Btid]),
    Base = #{'Session-Id' => Session, 'Origin-Host' => Host,
             'Origin-Realm' => Realm,
             'Vendor-Specific-Application-Id' => application()},
    case answer(Btid, Naf) of
        discard -> discard;
        Answer -> {reply, ['BIA' | maps:merge(Base, Answer)]}
    end.

answer(<<"denied", _/binary>>, _) -> experimental(5402);
answer(<<"busy", _/binary>>, _) -> #{'Result-Code' => 3004};
answer(<<"never", _/binary>>, _) -> discard;
answer(<<"slow", _/binary>>, _) -> timer:sleep(2000), experimental(5403);
answer(Btid, Naf) ->
    case rand_of(Btid) of
        {ok, Rand} ->
            #{'Result-Code' => 2001, 'User-Name' => ?IMPI,
              'ME-Key-Material' => naf_key(Rand, Naf),
              'Key-ExpiryTime' => calendar:system_time_to_universal_time(
                                    ?EXPIRES, second),
              'BootstrapInfoCreationTime' => calendar:universal_time(),
              'GBA-UserSecSettings' => settings(Rand)};
        error -> experimental(5403)
    end.

experimental(N) ->
    #{'Experimental-Result' => [[{'Vendor-Id', ?V3GPP},
                                 {'Experimental-Result-Code', N}]]}.

settings(Rand) ->
    <<"<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
      "<ussList xmlns=\"uri:3gpp-gba\"><uss id=\"1\" type=\"0\"><uids>",
      (uids(Rand))/binary,
      "</uids></uss></ussList>">>.

uids(Rand) ->
    [Name | _] = binary:split(Rand, <<0>>),
    case binary:match(Name, <<"@">>) of
        nomatch ->
            <<"<uid>sip:alice@home.example</uid><uid>tel:+1-555-0100</uid>"
              "<uid>sip:a&amp;l@home.example;user=phone</uid>">>;
        _ -> <<"<uid>sip:", Name/binary, "</uid>">>
    end.

%% -- TS 33.220 B.2, B.3

naf_id(Kms) -> <<(list_to_binary(Kms))/binary, 1, 0, 0, 0, 6>>.

rand_of(Btid) ->
    case binary:split(Btid, <<"@">>) of
        [Text, <<"bsf.home.example">>] ->
            try base64:decode(Text) of
                <<Rand:16/binary>> -> {ok, Rand};
                _ -> error
            catch _:_ -> error
            end;
        _ -> error
    end.

naf_key(Rand, NafId) ->
    P = fun(B) -> <<B/binary, (byte_size(B)):16>> end,
    S = <<1, (P(<<"gba-me">>))/binary, (P(Rand))/binary, (P(?IMPI))/binary,
          (P(NafId))/binary>>,
    crypto:mac(hmac, sha256, crypto:hash(sha256, Rand), S).

hex(B) -> [io_lib:format("~2.16.0b", [X]) || <<X>> <= B].

%% -- a BSF that should not be trusted

accept(Listen) ->
    {ok, Socket} = gen_tcp:accept(Listen),
    io:format("accepted~n"),
    try talk(Socket) catch _:_ -> ok end,
    gen_tcp:close(Socket),
    accept(Listen).

talk(Socket) ->
    {ok, <<1, Size:24>>} = gen_tcp:recv(Socket, 4),
    {ok, <<_, Command:24, App:32, Ids:8/binary, Avps/binary>>} =
        gen_tcp:recv(Socket, Size - 4),
    case Command of
        257 -> send(Socket, 257, 0, Ids,
                    [capability(), avp(268, 2001)]);
        280 -> send(Socket, 280, 0, Ids, [avp(268, 2001)]);
        310 -> evil(find(Avps), Socket, App, Ids)
    end,
    talk(Socket).

capability() ->
    [avp(264, <<"hostile.example">>), avp(296, <<"example">>),
     avp(258, ?APP)].

send(Socket, Command, App, Ids, Avps) ->
    gen_tcp:send(Socket, message(Command, App, Ids, Avps)).

message(Command, App, Ids, Avps) ->
    Body = iolist_to_binary(Avps),
    <<1, (20 + byte_size(Body)):24, 0, Command:24, App:32, Ids/binary,
      Body/binary>>.

avp(Code, N) when is_integer(N) -> avp(Code, <<N:32>>);
avp(Code, Data) ->
    [<<Code:32, 16#40, (8 + byte_size(Data)):24>>, Data, pad(Data)].

avp3(Code, Data) ->
    [<<Code:32, 16#c0, (12 + byte_size(Data)):24, ?V3GPP:32>>, Data,
     pad(Data)].

pad(Data) -> binary:copy(<<0>>, -byte_size(Data) band 3).

%% The Transaction-Identifier.
find(<<401:32, _, Size:24, _:32, Rest/binary>>) ->
    binary:part(Rest, 0, Size - 12);
find(<<_:32, _, Size:24, Rest/binary>>) ->
    Skip = ((Size + 3) band bnot 3) - 8,
    <<_:Skip/binary, Next/binary>> = Rest,
    find(Next).

evil(Btid, Socket, App, Ids) ->
    [How, _] = binary:split(Btid, <<"@">>),
    io:format("asked ~s~n", [How]),
    Key = avp3(405, binary:copy(<<16#a5>>, 32)),
    Good = [avp(268, 2001), Key],
    Reply = fun(Avps) -> send(Socket, 310, App, Ids, Avps) end,
    case How of
        <<"good">> -> Reply(Good);
        <<"short">> -> Reply([Good, <<1:32, 16#40, 7:24>>]);
        <<"zero">> -> Reply([Good, <<1:32, 0:32>>]);
        <<"long">> -> Reply([Good, <<1:32, 16#40, 400:24, 0:32>>]);
        <<"huge">> -> Reply([Good, <<1:32, 16#40, 16#ffffff:24, 0:32>>]);
        <<"cut">> -> Reply([Good, <<405:32, 16#c0, 12:24>>]);
        <<"group">> -> Reply([<<297:32, 16#40, 16:24, 266:32, 16#40, 64:24>>]);
        <<"nokey">> -> Reply([avp(268, 2001)]);
        <<"key31">> -> Reply([avp(268, 2001),
                              avp3(405, binary:copy(<<1>>, 31))]);
        <<"twice">> -> Reply([Good, Key]);
        <<"none">> -> Reply([]);
        <<"time">> -> Reply([Good, avp3(404, <<1, 2, 3>>)]);
        <<"past">> -> Reply([Good, avp3(404, <<3908988800:32>>)]);
        <<"xml">> -> Reply([Good, avp3(400, <<"<ussList><uids>">>)]);
        <<"doctype">> -> Reply([Good, avp3(400,
            <<"<!DOCTYPE a [<!ENTITY b \"sip:eve@example\">]>"
              "<ussList><uids><uid>&b;</uid></uids></ussList>">>)]);
        <<"others">> -> send(Socket, 310, App, <<1:32, 2:32>>, Good);
        <<"small">> -> gen_tcp:send(Socket, <<1, 16:24, 0:96>>);
        <<"odd">> -> gen_tcp:send(Socket, <<1, 21:24, 0:136>>);
        <<"big">> -> gen_tcp:send(Socket, <<1, 16#fffffc:24, 0:128>>);
        <<"http">> -> gen_tcp:send(Socket, <<"HTTP/1.1 400 Bad\r\n\r\n">>);
        <<"drip">> ->
            [begin gen_tcp:send(Socket, <<B>>), timer:sleep(1) end
             || <<B>> <= message(310, App, Ids, Good)];
        <<"close">> -> gen_tcp:close(Socket)
    end.
