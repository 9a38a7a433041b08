import { graphql } from '../gql';

export const CALL_FIGURES = graphql(`
  fragment CallFigures on CallStatistics {
    keys
    calls
    answered
    duration {
      median
      p95
    }
    costs {
      currency
      total
    }
  }
`);

export const FIGURES = graphql(`
  query Figures(
    $filter: CallFilter!
    $timeZone: String!
    $time: [CallDimensionInput!]!
    $value: [CallDimensionInput!]!
    $timeAndValue: [CallDimensionInput!]!
  ) {
    total: callStatistics(filter: $filter, timeZone: $timeZone) {
      ...CallFigures
    }
    times: callStatistics(filter: $filter, timeZone: $timeZone, by: $time, first: 1000) {
      ...CallFigures
    }
    values: callStatistics(filter: $filter, timeZone: $timeZone, by: $value, first: 200) {
      ...CallFigures
    }
    timesAndValues: callStatistics(filter: $filter, timeZone: $timeZone, by: $timeAndValue, first: 1000) {
      keys
      calls
    }
  }
`);

export const EARLIER_FIGURES = graphql(`
  query EarlierFigures($filter: CallFilter!, $timeZone: String!, $time: [CallDimensionInput!]!) {
    total: callStatistics(filter: $filter, timeZone: $timeZone) {
      ...CallFigures
    }
    times: callStatistics(filter: $filter, timeZone: $timeZone, by: $time, first: 1000) {
      ...CallFigures
    }
  }
`);

export const CALL_FACET = graphql(`
  query CallFacet($field: CallDimension!, $filter: CallFilter!) {
    callFacet(field: $field, filter: $filter, first: 100) {
      value
      label
      calls
    }
  }
`);
