// Delivers to BSU: survives a lost answer, polls the dialog and reads the feedback.
//
// Run in a clone, with .NET 10 or newer and nothing else:
//     sandkasse serve
//     dotnet run examples/csharp/Delivery.cs fixtures/examples/bsu.json
// SANDKASSE_URL names a server elsewhere. The tests of Sandkasse parse this file; they do not run it.

#:property PublishAot=false

using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

const string scopes = "skatteetaten:innrapporteringboligsparingungdom%20digdir:dialogporten";
var root = Environment.GetEnvironmentVariable("SANDKASSE_URL") ?? "http://127.0.0.1:8080";
using var client = new HttpClient { BaseAddress = new Uri(root + "/") };
var document = await File.ReadAllTextAsync(args[0]);

// In production from Maskinporten, as in MaskinportenToken.cs.
var token = await client.GetStringAsync($"_sandkasse/token?api=bsu&org=987654321&scope={scopes}");
client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
// Only here: the answer to the next delivery gets lost.
await client.PostAsJsonAsync("_sandkasse/plays", new { scenario = "lost-answer" });
var receipt = await Deliver(document);
Console.WriteLine($"delivered: {receipt["forsendelseId"]}");
var answer = await Feedback(receipt);
foreach (var delivery in answer["tilbakemelding"]!["fil"]!.AsArray().SelectMany(file => file!["leveranse"]!.AsArray()))
{
    Console.WriteLine($"feedback: {delivery!["leveransestatus"]} {delivery["oppgaveoppsummering"]!["antallOppgaver"]}");
}

// Sends a document until it is answered. Every attempt has the same key, so that there is one delivery.
async Task<JsonNode> Deliver(string json)
{
    var key = Guid.NewGuid().ToString();
    for (var attempt = 1; attempt <= 5; attempt++)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "innrapporteringbsu/v1/2023")
        {
            Content = new StringContent(json, new MediaTypeHeaderValue("application/json")),
        };
        request.Headers.Add("idempotencyKey", key);
        try
        {
            using var response = await client.SendAsync(request);
            if ((int)response.StatusCode < 500)
            {
                response.EnsureSuccessStatusCode();
                return (await response.Content.ReadFromJsonAsync<JsonNode>())!;
            }
            Console.WriteLine($"attempt {attempt}: status {(int)response.StatusCode}");
        }
        catch (HttpRequestException error) when (error.StatusCode is null)
        {
            Console.WriteLine($"attempt {attempt}: no answer");
        }
        await Task.Delay(200 * attempt);
    }
    throw new InvalidOperationException("given up; send the same document with the same key later");
}

// Polls the dialog until the agency has processed the delivery.
async Task<JsonNode> Feedback(JsonNode delivered)
{
    for (var attempt = 0; attempt < 30; attempt++)
    {
        var dialog = await client.GetFromJsonAsync<JsonNode>($"dialogporten/api/v1/enduser/dialogs/{delivered["dialogId"]}");
        var url = dialog!["transmissions"]!.AsArray()
            .Where(transmission => (string?)transmission!["relatedTransmissionId"] == (string?)delivered["forsendelseId"])
            .SelectMany(transmission => transmission!["attachments"]!.AsArray())
            .SelectMany(attachment => attachment!["urls"]!.AsArray())
            .FirstOrDefault(candidate => (string?)candidate!["mediaType"] == "application/json");
        if (url is not null)
        {
            return (await client.GetFromJsonAsync<JsonNode>((string)url["url"]!))!;
        }
        await Task.Delay(2000);
    }
    throw new TimeoutException("there is no feedback yet");
}
