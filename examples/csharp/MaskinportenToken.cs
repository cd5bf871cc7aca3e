// Gets a token from Maskinporten, as in production, and prints it.
//
// Run in a clone or anywhere else, with .NET 10 or newer and nothing else:
//     sandkasse serve
//     dotnet run examples/csharp/MaskinportenToken.cs 987654321
// SANDKASSE_URL names a server elsewhere. The key is the one that you registered; Sandkasse accepts any.
// The tests of Sandkasse parse this file; they do not run it.

#:property PublishAot=false

using System.Buffers.Text;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

var root = Environment.GetEnvironmentVariable("SANDKASSE_URL") ?? "http://127.0.0.1:8080";
using var client = new HttpClient();
using var key = RSA.Create(2048);
using var response = await client.PostAsync($"{root}/maskinporten/token", new FormUrlEncodedContent(new Dictionary<string, string>
{
    ["grant_type"] = "urn:ietf:params:oauth:grant-type:jwt-bearer",
    ["assertion"] = Grant(key, args[0]),
}));
response.EnsureSuccessStatusCode();
Console.WriteLine((await response.Content.ReadFromJsonAsync<JsonNode>())!["access_token"]);

// Returns a signed grant for a token that delivers for an organisation and reads its dialogs.
string Grant(RSA signer, string organisation)
{
    var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
    var unsigned = Encode(new { alg = "RS256", kid = "my-key" }) + "." + Encode(new
    {
        iss = "6f0c0a0e-0000-4000-8000-000000000001",
        aud = $"{root}/maskinporten/",
        scope = "skatteetaten:innrapporteringboligsparingungdom digdir:dialogporten",
        iat = now,
        exp = now + 100,
        jti = Guid.NewGuid(),
        authorization_details = new[]
        {
            new
            {
                type = "urn:altinn:systemuser",
                systemuser_org = new { authority = "iso6523-actorid-upis", ID = $"0192:{organisation}" },
            },
        },
    });
    var signature = signer.SignData(Encoding.ASCII.GetBytes(unsigned), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    return $"{unsigned}.{Base64Url.EncodeToString(signature)}";
}

static string Encode(object part) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(part));
