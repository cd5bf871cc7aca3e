// Starts Sandkasse in a container for a test, with Testcontainers for .NET and xUnit. It needs Docker.
//
// Put it among the tests of your project, with the packages Testcontainers and xunit.v3 and the image of
// `docker build -t sandkasse .`, and run:
//     dotnet test --filter SandkasseContainerTests
// The tests of Sandkasse parse this file; they do not run it.

using System.Net;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Containers;
using Xunit;

namespace Example;

public sealed class SandkasseContainerTests : IAsyncLifetime
{
    private readonly IContainer sandkasse = new ContainerBuilder()
        .WithImage("sandkasse")
        .WithPortBinding(8080, assignRandomHostPort: true)
        .WithWaitStrategy(Wait.ForUnixContainer()
            .UntilHttpRequestIsSucceeded(request => request.ForPort(8080).ForPath("/_sandkasse/ready")))
        .Build();

    private Uri Base => new UriBuilder(Uri.UriSchemeHttp, sandkasse.Hostname, sandkasse.GetMappedPublicPort(8080)).Uri;

    public async ValueTask InitializeAsync() => await sandkasse.StartAsync();

    public ValueTask DisposeAsync() => sandkasse.DisposeAsync();

    [Fact]
    public async Task Token()
    {
        using var client = new HttpClient { BaseAddress = Base };
        using var response = await client.GetAsync("/_sandkasse/token?api=bsu&org=987654321");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }
}
