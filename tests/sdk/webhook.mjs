// Posts through Slack's Node SDK to the webhook whose URL is the first argument. Prints one word per
// step; the test compares them.
import { IncomingWebhook } from "@slack/webhook";

const [url] = process.argv.slice(2);

async function post(webhook, message) {
  try {
    console.log((await webhook.send(message)).text);
  } catch (error) {
    console.log(error.statusCode, error.body);
  }
}

const webhook = new IncomingWebhook(url, { username: "Node", icon_emoji: ":robot_face:" });
await post(webhook, "from Node");
await post(webhook, {
  text: "unused",
  blocks: [{ type: "section", text: { type: "mrkdwn", text: "*blocks* from Node" } }],
});
await post(webhook, { text: "" });
await post(new IncomingWebhook(`${url.slice(0, url.lastIndexOf("/"))}/${"A".repeat(43)}`), "nobody");
