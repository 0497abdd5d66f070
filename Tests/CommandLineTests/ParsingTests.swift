import ArgumentParser
import Martlet
import Testing

@testable import CommandLine

@Suite("The command line")
struct ParsingTests {
    @Test("finds the server by the option, then MARTLET_URL, then MLFLOW_TRACKING_URI, then the usual place")
    func server() throws {
        var environment: [String: String] = [:]
        #expect(try ClientOptions.address(nil, environment).text == "http://127.0.0.1:5000")
        environment["MLFLOW_TRACKING_URI"] = "http://theirs"
        #expect(try ClientOptions.address(nil, environment).text == "http://theirs")
        environment["MARTLET_URL"] = "http://ours"
        #expect(try ClientOptions.address(nil, environment).text == "http://ours")
        #expect(try ClientOptions.address("http://given", environment).text == "http://given")
        environment["MARTLET_URL"] = ""
        #expect(try ClientOptions.address(nil, environment).text == "http://theirs")
    }

    @Test("tells the variable of each option of the server")
    func variables() {
        let help = ServerCommand.helpMessage()
        let named = Set(help.matches(of: /--([a-z-]+)/).map { String($0.output.1) })
        #expect(named.contains("data-dir"))
        // Those of webhooks have MLflow's names, and one has none.
        let others: Set = [
            "help", "version", "no-serve-artifacts", "allow-anonymous", "webhook-schemes", "allow-private-webhooks",
        ]
        for option in named.subtracting(others) {
            let variable = "MARTLET_" + option.uppercased().replacing("-", with: "_")
            #expect(help.contains(variable), "--\(option)")
        }
    }

    @Test("takes what a list of runs may have")
    func runsList() throws {
        let words = [
            "runs", "list", "--experiment", "iris", "--experiment", "7", "--filter", "metrics.a > 1", "--order-by",
            "metrics.a DESC", "--column", "metrics.a.b", "--view", "deleted", "--limit", "5", "--json",
        ]
        let command = try #require(try Martlet.parseAsRoot(words) as? RunsListCommand)
        #expect(command.experiment == ["iris", "7"])
        #expect(command.search.search(command.view.view).filter == "metrics.a > 1")
        #expect(command.search.orderBy == ["metrics.a DESC"])
        #expect(command.column.map(\.name) == ["a.b"])
        #expect(command.view == .deleted)
        #expect(command.range.bound == 5)
        #expect(command.options.json)
        let all = try #require(try Martlet.parseAsRoot(["runs", "list", "--all"]) as? RunsListCommand)
        #expect(all.range.bound == nil)
    }

    @Test(
        "refuses what makes no sense",
        arguments: [
            "runs list --limit 0", "runs list --column loss", "runs list --view some", "runs compare one",
            "runs list --timeout 0", "experiments create x --tag noequals", "experiments show",
            "endpoints contract e --file c.json --remove", "endpoints contract e --input age=1",
            "endpoints contract e --output p={min}", "endpoints contract e --input age={} --input age={}",
            "versions create m --path model", "versions create m", "versions create m --run r --path p --source s",
            "versions compare m 1", "versions describe m 1", "versions describe m 1 --metric f1=good",
            "versions describe m 1 --clear stage", "versions describe m 1 --clear author --author ada",
            "versions describe m 1 --clear code --code-commit abc", "versions describe m 1 --run a --clear run_id",
            "versions describe m 1 --code-repository https://a.example", "versions describe m 1 --parent base@3",
            "versions create m --source s --metric a=1 --metric a=2", "versions create m --source s --dataset flowers",
            "versions create m --source s --hyperparameter a=1 --hyperparameter a=2", "endpoints deploy m",
            "endpoints deploy m 1 --stage Production",
            "artifacts delete abc /", "transitions request m 1", "transitions list m one", "transitions approve",
            "transitions comment abc", "runs export abc --format xml", "nonsense",
            "webhooks create hook https://a.example", "webhooks create hook --event *", "webhooks update hook",
            "webhooks update hook --pause --resume", "webhooks update hook --no-secret --secret-file -",
            "webhooks update hook --secret-file a --secret-variable B", "webhooks retry hook",
            "webhooks create hook https://a.example --event * --secret word",
        ]
    )
    func refused(line: String) {
        #expect { try Martlet.parseAsRoot(line.split(separator: " ").map(String.init)) } throws: {
            Martlet.exitCode(for: $0) == .validationFailure
        }
    }

    @Test("asks for the archiving of others, for none, or leaves it to the server")
    func archiving() throws {
        func asked(_ more: String...) throws -> Bool? {
            let words = ["transitions", "request", "iris", "3", "Production"] + more
            return try #require(try Martlet.parseAsRoot(words) as? TransitionsRequestCommand).archiveExisting
        }
        #expect(try asked() == nil)
        #expect(try asked("--archive-existing") == true)
        #expect(try asked("--no-archive-existing") == false)
    }

    @Test("has an example in the help of every command that asks a server")
    func examples() {
        func leaves(_ command: any ParsableCommand.Type) -> [any ParsableCommand.Type] {
            let children = command.configuration.subcommands
            return children.isEmpty ? [command] : children.flatMap(leaves)
        }
        let commands = Martlet.configuration.groupedSubcommands.flatMap(\.subcommands).flatMap(leaves)
        #expect(commands.count >= 30)
        for command in commands {
            #expect(command.configuration.discussion.contains("Example: martlet "), "\(command)")
        }
    }

    @Test("ends with a number that says what kind of failure it was")
    func exitCodes() {
        #expect(ExitCodes.of(ClientError(.usage, "")).rawValue == 2)
        #expect(ExitCodes.of(ClientError(.unreachable, "")).rawValue == 3)
        for kind in [ClientError.Kind.notFound, .refused, .unauthenticated, .file] {
            #expect(ExitCodes.of(ClientError(kind, "")).rawValue == 1)
        }
    }
}
