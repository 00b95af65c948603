// A game's session with SCILL's published client. Prints what each call gave, one JSON object by name.
// URL and KEY come from the environment; the client's fetch library wants connections that are not kept.
const http = require("http");
http.globalAgent = new http.Agent({ keepAlive: false });
const { AuthApi, Configuration, EventsApi, LeaderboardsApi } = require("@scillgame/scill-js");

const { URL: basePath, KEY: key } = process.env;
const given = {};

async function take(name, call) {
  try {
    given[name] = await call;
  } catch (response) {
    if (typeof response.json !== "function") throw response;
    given[name] = { thrown: response.status, body: await response.json() };
  }
  return given[name];
}

// `auth` is what the client's own factory sets for events: the kind of credential.
function api(Kind, accessToken, auth) {
  return new Kind(new Configuration({ basePath, accessToken, apiKey: auth }));
}

async function main() {
  const { token } = await take("token", api(AuthApi, key).generateAccessToken({ user_id: "ada" }));
  const auth = api(AuthApi, token);
  await take("no info", auth.getUserInfo());
  await take("set info", auth.setUserInfo({ username: "Ada L.", avatarImage: "avatar_07" }));
  await take("info", auth.getUserInfo());

  const event = { user_id: "ada", event_name: "kill-enemy", team_id: "red" };
  const single = { ...event, event_type: "single", meta_data: { amount: 5 } };
  await take("by key", api(EventsApi, key, "api_key").sendEvent(single));
  await take("by token", api(EventsApi, token, "access_token").sendEvent(single));
  for (const amount of [10, 12]) {
    const group = { ...event, event_type: "group", session_id: "s1", meta_data: { amount } };
    await take(`running ${amount}`, api(EventsApi, token).sendEvent(group));
  }
  await take("another's", api(EventsApi, token).sendEvent({ ...single, user_id: "eve" }));
  await take("no amount", api(EventsApi, key).sendEvent({ ...single, meta_data: {} }));

  const boards = api(LeaderboardsApi, token);
  await take("board", boards.getLeaderboard("kills", 1, 2, "de"));
  await take("second page", boards.getLeaderboard("kills", 2, 2));
  await take("boards", boards.getLeaderboards(undefined, 1));
  await take("ranking", boards.getLeaderboardRanking("user", "ada", "kills", "en"));
  await take("odd id", boards.getLeaderboardRanking("user", "ü/ b", "kills"));
  await take("rankings", boards.getLeaderboardRankings("team", "red"));
  await take("absent", boards.getLeaderboard("lb 1/x"));
  await take("stranger", api(LeaderboardsApi, "nobody").getLeaderboards());
  console.log(JSON.stringify(given));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
