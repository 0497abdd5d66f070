import Kernel
import Serving
import Statistics

extension JSONWriter {
    /// What a policy has compared, as the API shows it.
    mutating func rollout(_ record: RolloutRecord) {
        object { writer in
            writer.member("policy_version", Int64(record.policyVersion))
            writer.member("policy", record.policy.kind.rawValue)
            writer.member("status", record.status.rawValue)
            writer.member("reason", ifPresent: record.reason)
            writer.member("started_at", record.evidence.startedAt)
            if let endedAt = record.endedAt { writer.member("ended_at", endedAt) }
            writer.name("variants")
            writer.array { writer in for name in record.variants { writer.value(name) } }
            writer.name("traffic")
            writer.value(.object(record.policy.json))
            switch record.policy {
            case .canary(let plan): writer.canary(plan, record.evidence)
            case .abTest(let test): writer.experiment(test, record.evidence)
            case .shadow: writer.shadow(record.evidence.comparison)
            case .single, .blueGreen, .ensemble: break
            }
        }
    }

    private mutating func canary(_ plan: CanaryPlan, _ evidence: RolloutEvidence) {
        member("step", Int64(plan.step))
        member("step_started_at", evidence.stepStartedAt)
        name("share")
        value(plan.share)
        arms(evidence)
        name("checks")
        array { writer in
            for check in plan.checks {
                let comparison = CanaryJudge.comparison(check, plan, evidence)
                writer.object { writer in
                    writer.member("check", check.rawValue)
                    writer.number("estimate", comparison?.shown)
                    writer.number("p_value", comparison.map { $0.isWorse ? $0.test.pValue : 1 })
                    writer.number("level", CanaryJudge.level(of: check, plan))
                }
            }
        }
    }

    private mutating func experiment(_ test: ABTest, _ evidence: RolloutEvidence) {
        arms(evidence)
        let verdict = ABJudge.verdict(test, evidence)
        member("winner", verdict.winner.rawValue)
        number("confidence", verdict.confidence)
        name("metrics")
        array { writer in
            for result in verdict.results {
                writer.object { writer in
                    writer.member("metric", result.metric.rawValue)
                    writer.member("control_count", Int64(result.controlCount))
                    writer.member("treatment_count", Int64(result.treatmentCount))
                    writer.number("control", result.control)
                    writer.number("treatment", result.treatment)
                    writer.number("difference", result.test?.estimate)
                    writer.number("lower", result.test?.interval?.lowerBound)
                    writer.number("upper", result.test?.interval?.upperBound)
                    writer.number("confidence", result.confidence)
                    writer.member("winner", result.winner.rawValue)
                }
            }
        }
    }

    private mutating func arms(_ evidence: RolloutEvidence) {
        let feedback = evidence.step < evidence.metrics.count ? evidence.metrics[evidence.step] : nil
        arm("reference", evidence.reference, feedback?.reference.count, feedback?.reference.mean)
        arm("current", evidence.current, feedback?.current.count, feedback?.current.mean)
    }

    private mutating func arm(
        _ name: StaticString,
        _ arm: RolloutEvidence.Arm,
        _ feedback: Int?,
        _ metric: Double?
    ) {
        member(name) { writer in
            writer.member("requests", Int64(arm.requests))
            writer.member("errors", Int64(arm.errors))
            writer.number("latency_ms", arm.latencyMs)
            writer.member("feedback", Int64(feedback ?? 0))
            writer.number("metric", (feedback ?? 0) > 0 ? metric : nil)
        }
    }

    private mutating func shadow(_ comparison: ShadowComparison) {
        member("comparison") { writer in
            writer.member("rows", Int64(comparison.rows))
            writer.number("agreement", comparison.agreement)
            writer.number("mean_difference", comparison.difference.count > 0 ? comparison.difference.mean : nil)
            writer.number("mean_absolute_difference", comparison.distance.count > 0 ? comparison.distance.mean : nil)
            writer.number("max_absolute_difference", comparison.distance.count > 0 ? comparison.distanceMax : nil)
            writer.member("misfits", Int64(comparison.misfits))
            writer.member("errors", Int64(comparison.errors))
            writer.member("dropped", Int64(comparison.dropped))
        }
    }

    private mutating func number(_ name: StaticString, _ number: Double?) {
        self.name(name)
        if let number, !number.isNaN { value(number) } else { null() }
    }
}
