import ArgumentParser
import Inference
import Testing

@testable import CommandLine

@Suite("What models of Python run in")
struct WorkerOptionsTests {
    private func settings(_ environment: [String: String], _ words: String...) throws -> PythonSettings {
        try #require(try WorkerOptions.parse(words).settings(environment))
    }

    @Test("is the same where a variable is empty as where it is not set")
    func empty() throws {
        let names = [
            "MARTLET_PYTHON", "MARTLET_ENV_MANAGER", "MARTLET_ENVIRONMENTS_DIR", "MARTLET_ENVIRONMENT_TIMEOUT",
            "MARTLET_WORKER_MEMORY", "MARTLET_WORKER_TIMEOUT", "MARTLET_WORKER_START_TIMEOUT", "XDG_CACHE_HOME", "HOME",
        ]
        let empty = try settings(Dictionary(uniqueKeysWithValues: names.map { ($0, "") }))
        let usual = try settings([:])
        #expect(empty.interpreter == nil && empty.environments == nil)
        #expect(empty.limits.environmentTime == usual.limits.environmentTime)
        #expect(empty.limits.memoryBytesMax == usual.limits.memoryBytesMax)
        #expect(empty.limits.requestTime == usual.limits.requestTime)
        #expect(empty.limits.startTime == usual.limits.startTime)
    }

    @Test(
        "has its environments in the cache, the nearest setting first",
        arguments: [
            (["XDG_CACHE_HOME": "/x", "HOME": "/h"], "/x"), (["XDG_CACHE_HOME": "", "HOME": "/h"], "/h/.cache"),
            (["XDG_CACHE_HOME": "relative", "HOME": "/h"], "/h/.cache"),
        ]
    )
    func cache(environment: [String: String], cache: String) throws {
        let found = try settings(environment, "--env-manager", "virtualenv")
        #expect(found.environments == cache + "/martlet/environments")
    }

    @Test("is refused where there is no folder for environments")
    func nowhere() throws {
        #expect(throws: ValidationError.self) { try settings(["HOME": ""], "--env-manager", "virtualenv") }
    }
}
